package broker

import (
	"bytes"
	"errors"
	"net/http"
	"sync"
)

var (
	errTooLarge = errors.New("the source's answer is larger than the limit")
	errUpgrade  = errors.New("the source tried to leave HTTP")
)

// recorder takes a source's answer into memory, bounded. It is deliberately
// neither a Hijacker nor an Unwrapper: nothing that a proxy does can reach the
// client around it, and its headers are never the client's.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	limit  int64
	err    error
}

var recorders = sync.Pool{New: func() any { return &recorder{header: http.Header{}} }}

func newRecorder(limit int64) *recorder {
	rec := recorders.Get().(*recorder)
	rec.limit = limit
	return rec
}

// free wipes what the recorder held and gives it back.
func (rec *recorder) free() {
	buffer := rec.body.Bytes()
	clear(buffer) // record content does not linger in a pool
	if cap(buffer) > mostKept {
		return
	}
	rec.body.Reset()
	clear(rec.header)
	rec.status, rec.err = 0, nil
	recorders.Put(rec)
}

// Header gives the recorder's own header map.
func (rec *recorder) Header() http.Header { return rec.header }

// WriteHeader keeps the final status. Informational answers are dropped, and
// 101 is an error: a tunnel cannot be filtered.
func (rec *recorder) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		rec.err = errUpgrade
		return
	}
	if rec.status == 0 && status >= 200 {
		rec.status = status
	}
}

// Write keeps up to the limit and then refuses, so that the proxy stops reading.
func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	if rec.err != nil {
		return 0, rec.err
	}
	if int64(rec.body.Len())+int64(len(p)) > rec.limit {
		rec.err = errTooLarge
		return 0, rec.err
	}
	return rec.body.Write(p)
}

// FlushError satisfies proxies that flush as they go; there is nothing to flush.
func (rec *recorder) FlushError() error { return nil }

var _ http.ResponseWriter = (*recorder)(nil)
