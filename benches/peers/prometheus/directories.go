package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// A directory is a small data directory of a kind that servers leave behind.
type directory struct {
	// options are what differs from options().
	options func(*tsdb.Options)
	make    func(*maker)
	// to is the last second that is asked about.
	to int64
	// questions are asked besides those about every directory.
	questions []question
}

// writeDirectories makes all data directories anew, each in a folder of its name with the answers beside.
func writeDirectories(to string) error {
	for name, d := range directories {
		if err := d.write(filepath.Join(to, name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (d directory) write(to string) error {
	work, err := os.MkdirTemp("", "directory")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	m := &maker{dir: filepath.Join(work, "data"), options: options()}
	if d.options != nil {
		d.options(m.options)
	}
	m.open()
	d.make(m)
	m.close()
	if m.err != nil {
		return m.err
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := copyDirectory(m.dir, filepath.Join(to, "data")); err != nil {
		return err
	}
	// Opening a directory changes it.
	asked := filepath.Join(work, "asked")
	if err := copyDirectory(filepath.Join(to, "data"), asked); err != nil {
		return err
	}
	m.dir = asked
	m.open()
	defer m.close()
	if m.err != nil {
		return m.err
	}
	return d.writeAnswers(m.db, filepath.Join(to, "answers.jsonl"))
}

// options are blocks of ten minutes and chunks of twenty samples; nothing happens by itself.
func options() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.MinBlockDuration = (10 * time.Minute).Milliseconds()
	o.MaxBlockDuration = o.MinBlockDuration
	o.RetentionDuration = 0
	o.SamplesPerChunk = 20
	o.NoLockfile = true
	o.EnableOverlappingCompaction = false
	return o
}

// A maker fills a data directory. After an error it does nothing more.
type maker struct {
	dir     string
	options *tsdb.Options
	db      *tsdb.DB
	err     error
}

func (m *maker) try(step func() error) {
	if m.err == nil {
		m.err = step()
	}
}

func (m *maker) open() {
	m.try(func() (err error) {
		o := *m.options //nolint:govet // Nothing uses them yet.
		if m.db, err = tsdb.Open(m.dir, promslog.NewNopLogger(), nil, &o, nil); err == nil {
			m.db.DisableCompactions()
		}
		return err
	})
}

func (m *maker) close() {
	m.try(func() error { return m.db.Close() })
}

// restart is what a server does that ends in peace.
func (m *maker) restart() {
	m.close()
	m.open()
}

// compact puts full blocks out of the head; late samples too.
func (m *maker) compact() {
	m.try(func() error { return m.db.Compact(context.Background()) })
}

// A metric is a series with its sample at a second: float64, *histogram.Histogram, *histogram.FloatHistogram, or nil.
type metric struct {
	labels labels.Labels
	at     func(second int64) any
	// start gives the start time in seconds, if there is one.
	start func(second int64) int64
}

func named(name string, at func(int64) any, pairs ...string) metric {
	// A second label keeps series apart where functions drop the name.
	return metric{labels: labels.FromStrings(append(pairs, "__name__", name, "of", name)...), at: at}
}

// write appends samples from second `from` up to and without `to`.
func (m *maker) write(from, to, step int64, metrics ...metric) {
	for second := from; second < to; second += step {
		m.writeAt(second, metrics...)
	}
}

func (m *maker) writeAt(second int64, metrics ...metric) {
	m.try(func() error {
		app := m.db.AppenderV2(context.Background())
		for _, metric := range metrics {
			var (
				v  float64
				h  *histogram.Histogram
				fh *histogram.FloatHistogram
				st int64
			)
			switch sample := metric.at(second).(type) {
			case nil:
				continue
			case float64:
				v = sample
			case *histogram.Histogram:
				h = sample
			case *histogram.FloatHistogram:
				fh = sample
			}
			if metric.start != nil {
				st = metric.start(second) * 1000
			}
			if _, err := app.Append(0, metric.labels, st, second*1000, v, h, fh, storage.AOptions{}); err != nil {
				return errors.Join(fmt.Errorf("%v at %d: %w", metric.labels, second, err), app.Rollback())
			}
		}
		return app.Commit()
	})
}

// delete deletes what fits from second `from` to second `to`.
func (m *maker) delete(from, to int64, name string) {
	m.try(func() error {
		matcher := labels.MustNewMatcher(labels.MatchEqual, "__name__", name)
		return m.db.Delete(context.Background(), from*1000, to*1000, matcher)
	})
}

// keepCopyOf makes it a copy of the directory as it is with the database at work, and ends that.
func (m *maker) keepCopyOf(after func(dir string) error) {
	m.try(func() error {
		dir := m.dir + "-copy"
		if err := copyDirectory(m.dir, dir); err != nil {
			return err
		}
		m.dir = dir
		return after(dir)
	})
}

// cutOff takes bytes off the end of the last segment of a log.
func cutOff(log string, count int64) error {
	segments, err := filepath.Glob(filepath.Join(log, "0*"))
	if err != nil {
		return err
	}
	slices.Sort(segments)
	last := segments[len(segments)-1]
	info, err := os.Stat(last)
	if err != nil {
		return err
	}
	return os.Truncate(last, info.Size()-count)
}

// copyDirectory copies, with few of the zeros that fill up logs and files of head chunks.
func copyDirectory(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o777)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		const zeros = 64
		if used := len(bytes.TrimRight(data, "\x00")); len(data) > used+zeros {
			data = data[:used+zeros]
		}
		return os.WriteFile(target, data, 0o666)
	})
}
