package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
)

// task is what benches/compare wants to be timed. Times are milliseconds; a step of 0 is an instant query at start.
type task struct {
	Expr  string `json:"expr"`
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Step  int64  `json:"step"`
	// Timed is `all` (parse, plan and execute), `execute` or `parse`.
	Timed   string `json:"timed"`
	Threads int    `json:"threads"`
	// Budget is how long to repeat, in nanoseconds.
	Budget int64 `json:"budget"`
}

// timing is the answer to a task.
type timing struct {
	// Nanos is the shortest time of one run.
	Nanos  float64 `json:"nanos"`
	Runs   int     `json:"runs"`
	PeakKB int64   `json:"peak_kb"`
	Digest digest  `json:"digest"`
}

// bench times tasks over a data directory.
type bench struct {
	engine *promql.Engine
	parser parser.Parser
	db     *tsdb.DB
}

// newBench opens the data directory; without one, nothing but parsing works.
func newBench(dir ...string) (*bench, error) {
	b := &bench{parser: parser.NewParser(parser.Options{EnableExperimentalFunctions: true})}
	b.engine = promql.NewEngine(promql.EngineOpts{
		MaxSamples:               50_000_000,
		Timeout:                  100 * time.Second,
		NoStepSubqueryIntervalFn: func(int64) int64 { return 60_000 },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		Parser:                   b.parser,
	})
	if len(dir) == 0 {
		return b, nil
	}
	db, err := openData(dir[0])
	b.db = db
	return b, err
}

func (b *bench) answer(t task) timing {
	runtime.GOMAXPROCS(t.Threads)
	// What the task before left behind is not this one's business.
	debug.FreeOSMemory()
	forgetPeak()
	if t.Timed == "parse" {
		return b.parse(t)
	}
	return b.evaluate(t)
}

func (b *bench) parse(t task) (a timing) {
	// One run takes little longer than looking at the clock.
	const batch = 64
	a.Nanos, a.Runs = fastest(t.Budget, func() float64 {
		begin := time.Now()
		for range batch {
			if _, err := b.parser.ParseExpr(t.Expr); err != nil {
				a.Digest.Error = err.Error()
			}
		}
		return float64(time.Since(begin).Nanoseconds()) / batch
	})
	a.PeakKB = peak()
	return a
}

func (b *bench) evaluate(t task) (a timing) {
	var query promql.Query
	var result *promql.Result
	a.Nanos, a.Runs = fastest(t.Budget, func() float64 {
		begin := time.Now()
		if query != nil {
			// Every run but the last pays for clearing away one.
			query.Close()
			query = nil
		}
		next, err := b.query(t)
		if err != nil {
			result = &promql.Result{Err: err}
			return 0
		}
		if t.Timed == "execute" {
			begin = time.Now()
		}
		query = next
		result = query.Exec(context.Background())
		return float64(time.Since(begin).Nanoseconds())
	})
	a.PeakKB = peak()
	a.Digest = digestOf(result, t)
	if query != nil {
		query.Close()
	}
	return a
}

func (b *bench) query(t task) (promql.Query, error) {
	ctx, start := context.Background(), time.UnixMilli(t.Start)
	if b.db == nil {
		return nil, fmt.Errorf("no data directory was given")
	}
	if t.Step == 0 {
		return b.engine.NewInstantQuery(ctx, b.db, nil, t.Expr, start)
	}
	return b.engine.NewRangeQuery(ctx, b.db, nil, t.Expr, start, time.UnixMilli(t.End),
		time.Duration(t.Step)*time.Millisecond)
}

// fastest repeats f and returns the smallest of its results: at least three times and until the budget is spent; twice
// if slow ones spend ten budgets, as the first still finds its data out of reach.
func fastest(budget int64, f func() float64) (nanos float64, runs int) {
	begin := time.Now()
	for {
		spent := f()
		if runs == 0 || spent < nanos {
			nanos = spent
		}
		runs++
		all := time.Since(begin).Nanoseconds()
		if all >= budget && runs >= 3 || all >= 10*budget && runs >= 2 {
			return nanos, runs
		}
	}
}
