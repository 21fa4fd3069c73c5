// Command prometheus-peer evaluates queries with Prometheus' own engine: one JSON case a line on standard input, one
// JSON answer a line on standard output. It also writes the data of benchmarks and times queries over them, and
// makes small data directories of every kind. See README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"
	v1 "github.com/prometheus/prometheus/web/api/v1"
)

// features are the flags of a server that change answers.
type features struct {
	DelayedNameRemoval  bool `json:"delayed_name_removal"`
	UseStartTimestamps  bool `json:"use_start_timestamps"`
	TypeAndUnit         bool `json:"type_and_unit"`
	NoExperimental      bool `json:"no_experimental_functions"`
	NoFill              bool `json:"no_fill_modifiers"`
	NoUnquotedUTF8Names bool `json:"no_unquoted_utf8_names"`
}

// testCase is a query over the data of `load` commands. Times are milliseconds; a step of 0 is an instant query at start.
type testCase struct {
	Load     string   `json:"load"`
	Query    string   `json:"query"`
	Start    int64    `json:"start"`
	End      int64    `json:"end"`
	Step     int64    `json:"step"`
	Features features `json:"features"`
	// Repeat evaluates that many times more and reports the fastest run in nanoseconds.
	Repeat int `json:"repeat"`
}

type answer struct {
	Data     json.RawMessage `json:"data,omitempty"`
	Error    string          `json:"error"`
	Parsed   bool            `json:"parsed"`
	Warnings []string        `json:"warnings"`
	Infos    []string        `json:"infos"`
	Nanos    int64           `json:"nanos,omitempty"`
}

// tb lets the test helpers of Prometheus run outside of a test.
type tb struct {
	testing.TB
	failed   string
	cleanups []func()
}

type failNow struct{}

func (t *tb) Helper()                           {}
func (t *tb) Errorf(format string, args ...any) { t.failed += fmt.Sprintf(format, args...) }
func (t *tb) FailNow()                          { panic(failNow{}) }
func (t *tb) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *tb) close() {
	for _, f := range t.cleanups {
		f()
	}
}

// peer holds what consecutive cases share.
type peer struct {
	engines map[features]*promql.Engine
	load    string
	tb      *tb
	storage *teststorage.TestStorage
}

func (p *peer) engine(f features) *promql.Engine {
	if e, ok := p.engines[f]; ok {
		return e
	}
	e := newEngine(f, 60_000)
	p.engines[f] = e
	return e
}

// newEngine makes an engine whose subqueries without a step take one of so many milliseconds.
func newEngine(f features, defaultStep int64) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:                   promslog.NewNopLogger(),
		MaxSamples:               50_000_000,
		Timeout:                  time.Minute,
		NoStepSubqueryIntervalFn: func(int64) int64 { return defaultStep },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		EnableDelayedNameRemoval: f.DelayedNameRemoval,
		UseStartTimestamps:       f.UseStartTimestamps,
		EnableTypeAndUnitLabels:  f.TypeAndUnit,
		Parser: parser.NewParser(parser.Options{
			EnableExperimentalFunctions: !f.NoExperimental,
			EnableBinopFillModifiers:    !f.NoFill,
			EnableUnquotedUTF8Names:     !f.NoUnquotedUTF8Names,
		}),
	})
}

// open loads the data, unless it is that of the case before.
func (p *peer) open(load string) (err error) {
	if p.storage != nil && p.load == load {
		return nil
	}
	if p.tb != nil {
		p.tb.close()
	}
	p.load, p.storage, p.tb = load, nil, &tb{}
	defer func() {
		if r := recover(); r != nil {
			p.storage, err = nil, fmt.Errorf("load: %s %v", p.tb.failed, r)
		}
	}()
	p.storage = promqltest.LoadedStorage(p.tb, load, func(o *tsdb.Options) {
		o.EnableSTStorage = true
		o.FloatChunkEncoding = chunkenc.EncXOR2
		o.EnableHistogramSTEncoding = true
	})
	return nil
}

func (p *peer) query(c testCase) (promql.Query, error) {
	ctx, e := context.Background(), p.engine(c.Features)
	if c.Step == 0 {
		return e.NewInstantQuery(ctx, p.storage, nil, c.Query, time.UnixMilli(c.Start))
	}
	return e.NewRangeQuery(ctx, p.storage, nil, c.Query, time.UnixMilli(c.Start), time.UnixMilli(c.End),
		time.Duration(c.Step)*time.Millisecond)
}

func (p *peer) answer(c testCase) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a.Error = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	a.Warnings, a.Infos = []string{}, []string{}
	if err := p.open(c.Load); err != nil {
		a.Error = err.Error()
		return a
	}
	for run := 0; run <= c.Repeat; run++ {
		begin := time.Now()
		q, err := p.query(c)
		if err != nil {
			a.Error = err.Error()
			return a
		}
		a.Parsed = true
		res := q.Exec(context.Background())
		if nanos := time.Since(begin).Nanoseconds(); c.Repeat > 0 && (a.Nanos == 0 || nanos < a.Nanos) {
			a.Nanos = nanos
		}
		if run == c.Repeat {
			a.fill(c, res)
		}
		q.Close()
	}
	return a
}

func (a *answer) fill(c testCase, res *promql.Result) {
	if w, i := res.Warnings.AsStrings(c.Query, 0, 0); true {
		a.Warnings, a.Infos = append(a.Warnings, w...), append(a.Infos, i...)
		sort.Strings(a.Warnings)
		sort.Strings(a.Infos)
	}
	if res.Err != nil {
		a.Error = res.Err.Error()
		return
	}
	body, err := v1.JSONCodec{}.Encode(&v1.Response{Data: &v1.QueryData{ResultType: res.Value.Type(), Result: res.Value}})
	if err != nil {
		a.Error = err.Error()
		return
	}
	var response struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &response); err != nil {
		a.Error = err.Error()
		return
	}
	a.Data = response.Data
}

// serve answers one JSON value a line on standard input with one a line on standard output.
func serve[Question, Answer any](answer func(Question) Answer) error {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var question Question
			if err := json.Unmarshal(line, &question); err != nil {
				return fmt.Errorf("not a question: %w", err)
			}
			if err := out.Encode(answer(question)); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		p := &peer{engines: map[features]*promql.Engine{}}
		err := serve(p.answer)
		if p.tb != nil {
			p.tb.close()
		}
		return err
	case len(args) == 3 && args[0] == "data":
		return writeData(args[1], args[2])
	case len(args) == 2 && args[0] == "directories":
		return writeDirectories(args[1])
	case len(args) > 0 && args[0] == "bench":
		b, err := newBench(args[1:]...)
		if err != nil {
			return err
		}
		return serve(b.answer)
	default:
		return errors.New("usage: prometheus-peer [data SET DIR | directories DIR | bench [DIR]]")
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
