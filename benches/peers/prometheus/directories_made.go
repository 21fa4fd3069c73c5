package main

import (
	"context"
	"math"
	"path/filepath"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/compression"
)

// directories are what README.md in testdata/tsdb tells about.
var directories = map[string]directory{
	"deleted":        {make: makeDeleted, to: 2400},
	"checkpoint":     {make: makeCheckpoint, to: 3300},
	"late":           {options: lateOptions, make: makeLate, to: 1200},
	"late-starts":    {options: lateStartsOptions, make: makeLateStarts, to: 900, questions: []question{{`start_timestamp({__name__!=""})`, 60, 0}}},
	"late-deleted":   {options: lateOptions, make: makeLateDeleted, to: 1200},
	"late-compacted": {options: lateOptions, make: makeLateCompacted, to: 2400},
	"none":           {options: packedWith(compression.None), make: makePacked, to: 900},
	"snappy":         {options: packedWith(compression.Snappy), make: makePacked, to: 900},
	"zstd":           {options: packedWith(compression.Zstd), make: makePacked, to: 900},
	"histograms":     {make: makeHistograms, to: 900},
	"torn":           {make: makeTorn, to: 900},
	"torn-late":      {options: lateOptions, make: makeTornLate, to: 900},
	"snapshot":       {options: snapshotOptions, make: makeSnapshot, to: 1500},
	"restarts":       {make: makeRestarts, to: 4200},
	"stale":          {make: makeStale, to: 1800},
}

// counter grows by an uneven amount and begins anew every `reset` seconds.
func counter(reset int64) func(int64) any {
	return func(second int64) any {
		second %= reset
		return float64(second + second*second%7)
	}
}

func gauge(second int64) any { return math.Round(100*math.Sin(float64(second)/90)) / 4 }

// exponential is a histogram of growing counts that begins anew every `reset` seconds, with more buckets by the time.
func exponential(reset int64) func(int64) any {
	return func(second int64) any {
		n := second % reset / 15
		h := &histogram.Histogram{
			Schema:          1,
			ZeroThreshold:   0.001,
			ZeroCount:       uint64(n),
			Count:           uint64(5*n + 3),
			Sum:             1.5 * float64(n),
			PositiveSpans:   []histogram.Span{{Offset: 0, Length: 2}},
			PositiveBuckets: []int64{n + 1, n},
			NegativeSpans:   []histogram.Span{{Offset: 1, Length: 1}},
			NegativeBuckets: []int64{n + 1},
		}
		if n%40 >= 13 {
			h.PositiveSpans = append(h.PositiveSpans, histogram.Span{Offset: 2, Length: 1})
			h.PositiveBuckets = append(h.PositiveBuckets, -2*n)
			h.Count++
		}
		return h
	}
}

// custom is a histogram with bounds of its own, others after `change` seconds.
func custom(change int64) func(int64) any {
	return func(second int64) any {
		n := second / 15
		h := &histogram.Histogram{
			Schema:          histogram.CustomBucketsSchema,
			Count:           uint64(3*n + 1),
			Sum:             2.5 * float64(n),
			PositiveSpans:   []histogram.Span{{Offset: 0, Length: 2}},
			PositiveBuckets: []int64{n, n + 1},
			CustomValues:    []float64{0.5, 1, 2},
		}
		if second >= change {
			h.CustomValues = []float64{0.5, 1, 2, 4}
		}
		return h
	}
}

// floats makes integer histograms float histograms.
func floats(of func(int64) any) func(int64) any {
	return func(second int64) any {
		h := of(second).(*histogram.Histogram).ToFloat(nil)
		h.Sum += 0.25
		return h
	}
}

func gauges(of func(int64) any) func(int64) any {
	return func(second int64) any {
		h := of(second).(*histogram.Histogram)
		h.CounterResetHint = histogram.GaugeType
		return h
	}
}

// during has samples within some seconds only.
func during(from, to int64, at func(int64) any) func(int64) any {
	return func(second int64) any {
		if second < from || second >= to {
			return nil
		}
		return at(second)
	}
}

// until ends with a stale marker.
func until(end int64, at func(int64) any) func(int64) any {
	return func(second int64) any {
		switch {
		case second < end:
			return at(second)
		case second == end:
			return math.Float64frombits(value.StaleNaN)
		default:
			return nil
		}
	}
}

// without is what is written in time if the rest comes late: every third and fourth minute of four is missing.
func without(at func(int64) any) func(int64) any {
	return func(second int64) any {
		if second/60%4 >= 2 {
			return nil
		}
		return at(second)
	}
}

func makeDeleted(m *maker) {
	requests, load := named("requests_total", counter(5000)), named("load", gauge, "cpu", "0")
	gone, seconds := named("gone", gauge), named("seconds", exponential(5000))
	m.write(0, 1800, 15, requests, load, gone, seconds)
	m.compact()
	// Within a chunk, over a block, from a block into the head, at the end of the head, everything.
	m.delete(100, 170, "requests_total")
	m.delete(430, 900, "load")
	m.delete(1100, 1330, "seconds")
	m.delete(1650, 1900, "requests_total")
	m.delete(0, 9000, "gone")
	m.write(1800, 2100, 15, requests, load, seconds)
	// What comes later is there, even if the series was deleted as a whole.
	m.write(2100, 2400, 15, gone, requests, seconds)
	m.delete(2205, 2205, "seconds")
	m.restart()
	m.delete(2310, 2385, "requests_total")
}

func makeCheckpoint(m *maker) {
	requests, seconds := named("requests_total", counter(1000)), named("seconds", exponential(1000))
	gone := named("gone", during(0, 500, gauge))
	rare := named("rare", func(second int64) any {
		if second%600 != 30 {
			return nil
		}
		return float64(second)
	})
	fresh := named("fresh", during(2500, 4000, gauge))
	for from := int64(0); from < 3300; from += 300 {
		m.write(from, from+300, 30, requests, seconds, gone, rare, fresh)
		if from == 1800 {
			m.delete(1700, 1850, "requests_total")
			m.delete(1910, 1910, "rare")
		}
		m.restart()
		if from >= 1800 {
			m.compact()
		}
	}
}

func lateOptions(o *tsdb.Options) {
	o.OutOfOrderTimeWindow = 3_600_000
	o.OutOfOrderCapMax = 8
}

func lateStartsOptions(o *tsdb.Options) {
	lateOptions(o)
	startOptions(o)
}

// lateMetrics are floats, histograms of all kinds, and one that changes between both.
func lateMetrics() []metric {
	return []metric{
		named("requests_total", counter(700)),
		named("seconds", exponential(700)),
		named("float_seconds", floats(exponential(700))),
		named("custom", custom(400)),
		named("mixed", func(second int64) any {
			if second/90%2 == 0 {
				return gauge(second)
			}
			return exponential(5000)(second)
		}),
	}
}

// writeLate writes what `without` left out, not in order.
func (m *maker) writeLate(from, to int64, metrics ...metric) {
	for _, offset := range []int64{60, 30, 90, 0} {
		for second := to - to%120 - offset; second >= from; second -= 120 {
			if second/60%4 >= 2 && second < to {
				m.writeAt(second, metrics...)
				// The same again, which is refused or dropped.
				m.writeAt(second, metrics[0])
			}
		}
	}
}

func inTime(metrics []metric) []metric {
	left := make([]metric, len(metrics))
	for i, metric := range metrics {
		left[i] = metric
		left[i].at = without(metric.at)
	}
	return left
}

func makeLate(m *maker) {
	all := lateMetrics()
	m.write(0, 900, 30, inTime(all)...)
	m.writeLate(0, 600, all...)
	m.restart()
	m.write(900, 1080, 30, inTime(all)...)
	m.writeLate(600, 1080, all...)
	// A series whose late samples are earlier than all others.
	m.writeAt(1000, named("new", gauge))
	m.writeAt(500, named("new", gauge))
}

func startOptions(o *tsdb.Options) {
	o.EnableSTStorage = true
	o.EnableHistogramSTEncoding = true
	o.FloatChunkEncoding = chunkenc.EncXOR2
}

func makeLateStarts(m *maker) {
	all := lateMetrics()[:3]
	for i := range all {
		all[i].start = func(second int64) int64 { return max(1, second-second%200) }
	}
	m.write(0, 900, 30, inTime(all)...)
	m.writeLate(0, 700, all...)
}

func makeLateDeleted(m *maker) {
	all := lateMetrics()[:2]
	m.write(0, 900, 30, inTime(all)...)
	m.writeLate(0, 400, all...)
	m.delete(200, 330, "requests_total")
	m.delete(130, 190, "seconds")
	m.writeLate(400, 900, all...)
	m.delete(500, 700, "seconds")
}

func makeLateCompacted(m *maker) {
	all := []metric{lateMetrics()[0], lateMetrics()[1]}
	m.write(0, 1800, 30, inTime(all)...)
	m.writeLate(0, 300, all...)
	// In-order blocks, and blocks of late samples that overlap them.
	m.compact()
	m.writeLate(300, 700, all...)
	m.restart()
	m.writeLate(1200, 1500, all...)
	m.try(func() error { return m.db.CompactOOOHead(context.Background()) })
	// In none of them, before and within the head.
	m.write(1800, 2100, 30, inTime(all)...)
	m.writeLate(700, 1200, all...)
	m.writeLate(1500, 2000, all...)
}

func packedWith(kind compression.Type) func(*tsdb.Options) {
	return func(o *tsdb.Options) {
		o.WALCompression = kind
		lateOptions(o)
	}
}

// makePacked has series with much in common in one long record, and short records.
func makePacked(m *maker) {
	var many []metric
	for _, zone := range []string{"a", "b", "c"} {
		for _, code := range []string{"200", "301", "302", "400", "404", "500", "501", "503"} {
			many = append(many, named("http_requests_total", counter(500), "code", code, "zone", zone))
		}
	}
	all := lateMetrics()[:2]
	m.write(0, 450, 150, many...)
	m.write(450, 900, 30, inTime(all)...)
	m.writeLate(450, 900, all...)
}

func makeHistograms(m *maker) {
	all := []metric{
		named("seconds", exponential(500)),
		named("float_seconds", floats(exponential(500))),
		named("custom", custom(600)),
		named("float_custom", floats(custom(600))),
		named("gauges", gauges(exponential(500))),
		named("ending", until(600, exponential(5000))),
		named("changing", func(second int64) any {
			switch second / 120 % 3 {
			case 0:
				return exponential(5000)(second)
			case 1:
				return floats(exponential(5000))(second)
			default:
				return gauge(second)
			}
		}),
	}
	m.write(0, 900, 30, all...)
	m.try(func() error { m.db.ForceHeadMMap(); return nil })
	m.restart()
}

// makeTorn is copied while a server is at work, and the last record is not all there.
func makeTorn(m *maker) {
	all := []metric{named("requests_total", counter(500)), named("seconds", exponential(500))}
	m.write(0, 450, 15, all...)
	m.restart()
	m.write(450, 900, 15, all...)
	m.try(func() error { m.db.ForceHeadMMap(); return nil })
	m.keepCopyOf(func(dir string) error { return cutOff(filepath.Join(dir, "wal"), 9) })
}

func makeTornLate(m *maker) {
	all := lateMetrics()[:2]
	m.write(0, 900, 30, inTime(all)...)
	m.writeLate(0, 900, all...)
	m.keepCopyOf(func(dir string) error { return cutOff(filepath.Join(dir, "wbl"), 5) })
}

func snapshotOptions(o *tsdb.Options) {
	o.EnableMemorySnapshotOnShutdown = true
	lateOptions(o)
}

// makeSnapshot leaves a snapshot of the head, then one that the log goes on from.
func makeSnapshot(m *maker) {
	all := lateMetrics()[:2]
	m.write(0, 900, 30, inTime(all)...)
	m.writeLate(0, 400, all...)
	m.delete(610, 640, "requests_total")
	m.restart()
	m.write(900, 1500, 30, inTime(all)...)
	m.writeLate(400, 1500, all...)
}

// makeRestarts has series that go, are dropped from the head, and come back under another number.
func makeRestarts(m *maker) {
	always := named("requests_total", counter(5000))
	here := func(from, to int64) metric { return named("comes_and_goes", during(from, to, gauge)) }
	seconds := func(from, to int64) metric { return named("seconds", during(from, to, exponential(5000))) }
	m.write(0, 1500, 30, always, here(0, 300), seconds(0, 300))
	m.compact()
	// Dropped from the head, but not from the log.
	m.write(1500, 2100, 30, always, here(1500, 1800), seconds(1500, 2100))
	m.restart()
	m.write(2100, 2700, 30, always, here(2400, 2550), seconds(2100, 2250))
	m.compact()
	m.write(2700, 3300, 30, always)
	m.compact()
	m.delete(3000, 3300, "requests_total")
	m.write(3300, 4200, 30, always, here(3300, 3500), seconds(3600, 4200))
	m.restart()
	m.compact()
	m.write(4170, 4200, 30, named("last", gauge))
}

// makeStale has series that ended and were put into a block of their own, of which some came back.
func makeStale(m *maker) {
	always := named("requests_total", counter(5000))
	m.write(0, 1050, 30, always, named("ended", until(450, gauge)), named("back", until(450, exponential(5000))))
	m.try(func() error { return m.db.CompactStaleHead() })
	m.write(1050, 1500, 30, always, named("back", exponential(5000)))
	m.restart()
	m.write(1500, 1800, 30, always, named("back", exponential(5000)))
}
