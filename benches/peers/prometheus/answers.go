package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"
	v1 "github.com/prometheus/prometheus/web/api/v1"
)

// A recorded request and its answer, as the HTTP API has them.
type recorded struct {
	Path     string            `json:"path"`
	Params   map[string]string `json:"params"`
	Response json.RawMessage   `json:"response"`
}

// A question is asked for the whole time at every `step` seconds; lookback is in seconds too.
type question struct {
	query          string
	step, lookback int64
}

// questions are those about every directory: all samples in few numbers, then what functions make of them.
var questions = []question{
	{`abs({__name__!=""})`, 15, 1},
	{`histogram_count({__name__!=""}) + 8 * histogram_sum({__name__!=""}) + histogram_stddev({__name__!=""})`, 15, 1},
	{`count({__name__!=""})`, 150, 0},
	{`count_over_time({__name__!=""}[90s])`, 150, 0},
	{`resets({__name__!=""}[4m])`, 150, 0},
	{`rate(requests_total[3m])`, 60, 0},
	{`histogram_quantile(0.9, increase({__name__!=""}[5m]))`, 150, 0},
	{`sum_over_time(requests_total[2m:30s] offset 1m)`, 150, 0},
}

func (d directory) writeAnswers(db *tsdb.DB, path string) error {
	engine := newEngine(features{UseStartTimestamps: true, NoFill: true, NoUnquotedUTF8Names: true}, 5000)
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := json.NewEncoder(file)
	out.SetEscapeHTML(false)
	ask := func(asked question, start, end int64) error {
		query := asked.query
		r := recorded{Path: "/api/v1/query", Params: map[string]string{"query": query}}
		set := func(name string, seconds int64) { r.Params[name] = strconv.FormatInt(seconds, 10) }
		if asked.lookback != 0 {
			set("lookback_delta", asked.lookback)
		}
		options := promql.NewPrometheusQueryOpts(false, time.Duration(asked.lookback)*time.Second, nil)
		var q promql.Query
		var err error
		if asked.step == 0 {
			set("time", start)
			q, err = engine.NewInstantQuery(context.Background(), db, options, query, time.Unix(start, 0))
		} else {
			r.Path = "/api/v1/query_range"
			set("start", start)
			set("end", end)
			set("step", asked.step)
			q, err = engine.NewRangeQuery(context.Background(), db, options, query, time.Unix(start, 0), time.Unix(end, 0),
				time.Duration(asked.step)*time.Second)
		}
		if err != nil {
			return err
		}
		defer q.Close()
		result := q.Exec(context.Background())
		if result.Err != nil {
			return result.Err
		}
		warnings, infos := result.Warnings.AsStrings(query, 0, 0)
		slices.Sort(warnings)
		slices.Sort(infos)
		response := v1.Response{
			Status:   "success",
			Data:     &v1.QueryData{ResultType: result.Value.Type(), Result: result.Value},
			Warnings: warnings,
			Infos:    infos,
		}
		if r.Response, err = (v1.JSONCodec{}).Encode(&response); err != nil {
			return err
		}
		return out.Encode(r)
	}
	// Some samples as they are.
	if err := ask(question{query: `{__name__!=""}[2m]`}, d.to/2, 0); err != nil {
		return err
	}
	for _, asked := range append(slices.Clone(questions), d.questions...) {
		if err := ask(asked, 0, d.to+60); err != nil {
			return err
		}
	}
	return nil
}
