package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
)

// A dataSet is the series of a benchmark; all have their samples at the same times, from 0 on.
type dataSet struct {
	samples  int
	interval time.Duration
	series   func() []series
}

type series struct {
	labels labels.Labels
	// value or histogram gives the sample of a number; value may be nil if histogram is not.
	value     func(sample int) float64
	histogram func(sample int) *histogram.Histogram
	// first and end bound the samples that there are; an end of 0 is that of the data set.
	first, end int
}

// dataSets are those of Prometheus' own engine benchmarks and, list and single, of Thanos'.
var dataSets = map[string]dataSet{
	"range":  {samples: 8640 + 10_000, interval: 10 * time.Second, series: rangeSeries},
	"join":   {samples: 8640 + 5_000, interval: 10 * time.Second, series: joinSeries},
	"native": {samples: 2000, interval: 15 * time.Second, series: nativeSeries},
	"custom": {samples: 2000, interval: 15 * time.Second, series: customSeries},
	"info":   {samples: 3600, interval: 2 * time.Second, series: infoSeries},
	"list":   {samples: 721, interval: 30 * time.Second, series: func() []series { return podSeries(1000, 3) }},
	"single": {samples: 721, interval: 30 * time.Second, series: func() []series { return podSeries(5000, 3) }},
}

// writeData makes a data directory: blocks of a day as soon as there is enough for one, the rest in the head.
func writeData(name, dir string) error {
	set, ok := dataSets[name]
	if !ok {
		return fmt.Errorf("no data set %q, there are %v", name, slices.Sorted(maps.Keys(dataSets)))
	}
	db, err := openData(dir)
	if err != nil {
		return err
	}
	if err := set.write(db); err != nil {
		return err
	}
	db.ForceHeadMMap()
	if err := db.Compact(context.Background()); err != nil {
		return err
	}
	return db.Close()
}

func (set dataSet) write(db *tsdb.DB) error {
	all := set.series()
	refs := make([]storage.SeriesRef, len(all))
	for sample := range set.samples {
		app := db.AppenderV2(context.Background())
		time := int64(sample) * set.interval.Milliseconds()
		for i, s := range all {
			if sample < s.first || s.end > 0 && sample >= s.end {
				continue
			}
			var value float64
			var hist *histogram.Histogram
			if s.histogram != nil {
				hist = s.histogram(sample)
			} else {
				value = s.value(sample)
			}
			ref, err := app.Append(refs[i], s.labels, 0, time, value, hist, nil, storage.AOptions{})
			if err != nil {
				return err
			}
			refs[i] = ref
		}
		if err := app.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// openData opens a data directory as the benchmarks have it: blocks of a day, nothing happens by itself.
func openData(dir string) (*tsdb.DB, error) {
	options := tsdb.DefaultOptions()
	options.MinBlockDuration = (24 * time.Hour).Milliseconds()
	options.MaxBlockDuration = options.MinBlockDuration
	options.RetentionDuration = 0
	options.NoLockfile = true
	db, err := tsdb.Open(dir, promslog.NewNopLogger(), nil, options, nil)
	if err != nil {
		return nil, err
	}
	db.DisableCompactions()
	return db, nil
}

// bounds are the upper bounds of a classic histogram of 11 buckets.
func bounds() []string {
	var all []string
	for bound := range 10 {
		all = append(all, strconv.Itoa(bound))
	}
	return append(all, "+Inf")
}

// counters gives every series a value that grows by one a sample, each from a fraction of its own.
func counters(all []labels.Labels) []series {
	counters := make([]series, len(all))
	for i, l := range all {
		offset := float64(i) / float64(len(all))
		counters[i] = series{labels: l, value: func(sample int) float64 { return float64(sample) + offset }}
	}
	return counters
}

func rangeSeries() []series {
	var all []labels.Labels
	for _, size := range []struct {
		name  string
		count int
	}{{"one", 1}, {"ten", 10}, {"hundred", 100}} {
		for l := range size.count {
			add := func(metric string, pairs ...string) {
				if size.count > 1 {
					pairs = append(pairs, "l", strconv.Itoa(l))
				}
				all = append(all, labels.FromStrings(append(pairs, "__name__", metric+"_"+size.name)...))
			}
			add("a")
			add("b")
			for _, le := range bounds() {
				add("h", "le", le)
			}
		}
	}
	result := counters(all)
	// One series after the other, each over a fiftieth of the time.
	const samples, length = 8640 + 10_000, (8640 + 10_000) / 50
	for l := 0; l*length < samples; l++ {
		result = append(result, series{
			labels: labels.FromStrings("__name__", "sparse", "l", strconv.Itoa(l)),
			value:  func(sample int) float64 { return float64(sample) / float64(len(all)) },
			first:  l * length,
			end:    min((l+1)*length, samples),
		})
	}
	return result
}

func joinSeries() []series {
	random := rand.New(rand.NewSource(0))
	builder := labels.NewBuilder(labels.FromStrings(
		"environment", "staging",
		"cluster", "test-kubernetes-cluster",
		"namespace", "test-kubernetes-namespace",
		"job", "worker",
		"rpc_method", "fetch-my-data-from-this-service",
		"domain", "test-domain",
	))
	var all []labels.Labels
	for range 1000 {
		builder.Set("instance", uuid.Must(uuid.NewRandomFromReader(random)).String())
		for _, name := range []string{"rpc_request_success_total", "rpc_request_error_total"} {
			all = append(all, builder.Set("__name__", name).Labels())
		}
	}
	return counters(all)
}

// histograms gives 3000 series the same histograms.
func histograms(name string, sample func(int) *histogram.Histogram) []series {
	all := make([]series, 3000)
	for i := range all {
		all[i] = series{
			labels:    labels.FromStrings("__name__", name, "foo", "bar", "h", strconv.Itoa(i)),
			histogram: sample,
		}
	}
	return all
}

func nativeSeries() []series {
	standard := tsdbutil.GenerateTestHistograms(2000)
	// The first one has a finer schema, so that sums and rates must reduce it.
	standard[0] = &histogram.Histogram{
		Schema:          3,
		PositiveSpans:   []histogram.Span{{Offset: -5, Length: 2}, {Offset: 2, Length: 3}, {Offset: 2, Length: 2}},
		PositiveBuckets: []int64{1, 2, -2, 1, -1, 0, 3},
		Count:           13,
	}
	return histograms("native_histogram_series", func(sample int) *histogram.Histogram { return standard[sample] })
}

func customSeries() []series {
	custom := tsdbutil.GenerateTestCustomBucketsHistograms(2000)
	return histograms("native_histogram_custom_bucket_series",
		func(sample int) *histogram.Histogram { return custom[sample] })
}

func infoSeries() []series {
	var all []series
	for i := range 100 {
		cluster := "us-east"
		if i >= 50 {
			cluster = "eu-south"
		}
		all = append(all, series{
			labels: labels.FromStrings("__name__", "target_info", "instance", "instance"+strconv.Itoa(i),
				"job", "job"+strconv.Itoa(i), "k8s_cluster_name", cluster),
			value: func(int) float64 { return 1 },
		})
	}
	for _, code := range []string{"200", "400", "500"} {
		all = append(all, series{
			labels: labels.FromStrings("__name__", "http_server_request_duration_seconds_count",
				"instance", "instance0", "job", "job0", "http_status_code", code),
			value: func(sample int) float64 { return float64(sample) },
		})
	}
	return all
}

func podSeries(pods, containers int) []series {
	var all []series
	add := func(pod, step int, pairs ...string) {
		all = append(all, series{
			labels: labels.FromStrings(append(pairs, "pod", "p"+strconv.Itoa(pod))...),
			value:  func(sample int) float64 { return float64(pod + step*sample) },
		})
	}
	for pod := range pods {
		for container := range containers {
			add(pod, container, "__name__", "http_requests_total", "container", "c"+strconv.Itoa(container))
		}
		add(pod, 0, "__name__", "http_responses_total")
		for i, le := range bounds() {
			step := i
			if le == "+Inf" {
				step = pod
			}
			add(pod, step, "__name__", "http_response_seconds_bucket", "le", le)
		}
	}
	return all
}
