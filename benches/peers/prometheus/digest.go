package main

import (
	"hash/fnv"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
)

// digest is what two answers are compared by. It does not depend on the order of series.
type digest struct {
	Error  string `json:"error"`
	Series int    `json:"series"`
	Points int    `json:"points"`
	// Labels is the wrapping sum of a hash of each label set.
	Labels uint64 `json:"labels"`
	// Sum and Weighted (by the number of the step, from 1) are over finite values, the scales over their magnitudes.
	Sum           float64 `json:"sum"`
	Weighted      float64 `json:"weighted"`
	Scale         float64 `json:"scale"`
	WeightedScale float64 `json:"weighted_scale"`
	// Nans and Infinities are the sums of step numbers, negative for -Inf.
	Nans       int64 `json:"nans"`
	Infinities int64 `json:"infinities"`
	Histograms int   `json:"histograms"`
}

func digestOf(result *promql.Result, t task) (d digest) {
	if result.Err != nil {
		d.Error = result.Err.Error()
		return d
	}
	step := func(at int64) int64 {
		if t.Step == 0 {
			return 1
		}
		return (at-t.Start)/t.Step + 1
	}
	switch value := result.Value.(type) {
	case promql.Scalar:
		d.point(value.V, 1)
	case promql.Vector:
		for _, sample := range value {
			d.series(sample.Metric)
			d.sample(sample.F, sample.H, 1)
		}
	case promql.Matrix:
		for _, series := range value {
			d.series(series.Metric)
			for _, p := range series.Floats {
				d.sample(p.F, nil, step(p.T))
			}
			for _, p := range series.Histograms {
				d.sample(0, p.H, step(p.T))
			}
		}
	}
	return d
}

func (d *digest) series(metric labels.Labels) {
	d.Series++
	hash := fnv.New64a()
	metric.Range(func(l labels.Label) {
		hash.Write([]byte(l.Name + "\xff" + l.Value + "\xff"))
	})
	d.Labels += hash.Sum64()
}

func (d *digest) sample(value float64, h *histogram.FloatHistogram, step int64) {
	if h == nil {
		d.point(value, step)
		return
	}
	d.Histograms++
	d.point(h.Count, step)
	d.point(h.Sum, step)
	for it := h.AllBucketIterator(); it.Next(); {
		// Buckets without observations may be there or not.
		if bucket := it.At(); bucket.Count != 0 {
			d.value(bucket.Count, step)
			if !math.IsInf(bucket.Upper, 0) {
				d.value(bucket.Count*bucket.Upper, step)
			}
		}
	}
}

func (d *digest) point(value float64, step int64) {
	d.Points++
	d.value(value, step)
}

func (d *digest) value(value float64, step int64) {
	switch {
	case math.IsNaN(value):
		d.Nans += step
	case math.IsInf(value, 1):
		d.Infinities += step
	case math.IsInf(value, -1):
		d.Infinities -= step
	default:
		weighted := value * float64(step)
		d.Sum += value
		d.Weighted += weighted
		d.Scale += math.Abs(value)
		d.WeightedScale += math.Abs(weighted)
	}
}
