package spool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// stalled is a disk that keeps a sync waiting until it is told.
func stalled(t *testing.T) (s *spool.Spool, reached <-chan struct{}, release func()) {
	m := newModel()
	s = openModel(t, m)
	at, gate := make(chan struct{}, 8), make(chan struct{})
	m.mu.Lock()
	m.fault = func(n int, kind, name string) error {
		if kind == "sync" {
			at <- struct{}{}
			m.mu.Unlock()
			<-gate
			m.mu.Lock()
		}
		return nil
	}
	m.mu.Unlock()
	return s, at, func() { close(gate) }
}

func TestCancelledAppendIsUncertainOnceItIsBeingWritten(t *testing.T) {
	s, reached, release := stalled(t)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := s.Append(ctx, []byte("first"))
		result <- err
	}()
	<-reached
	cancel()
	if err := <-result; !errors.Is(err, spool.ErrUncertain) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	release()
	if e := appendText(t, s, "second"); e.Seq != 2 {
		t.Errorf("the next entry is %d", e.Seq)
	}
}

func TestCancelledAppendIsWithdrawnWhileItWaits(t *testing.T) {
	s, reached, release := stalled(t)
	result := make(chan error)
	go func() {
		_, err := s.Append(t.Context(), []byte("first"))
		result <- err
	}()
	<-reached
	ctx, cancel := context.WithCancelCause(t.Context())
	second := make(chan error)
	go func() {
		_, err := s.Append(ctx, []byte("second"))
		second <- err
	}()
	cancel(nil)
	if err := <-second; !errors.Is(err, context.Canceled) || errors.Is(err, spool.ErrUncertain) {
		t.Errorf("%v", err)
	}
	release()
	if err := <-result; err != nil {
		t.Error(err)
	}
	if e := appendText(t, s, "third"); e.Seq != 2 {
		t.Errorf("the withdrawn entry has taken a number: the next is %d", e.Seq)
	}
}

func TestCloseWaitsForWhatIsBeingWritten(t *testing.T) {
	s, reached, release := stalled(t)
	result := make(chan error)
	go func() {
		_, err := s.Append(t.Context(), []byte("first"))
		result <- err
	}()
	<-reached
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	release()
	if err := <-result; err != nil {
		t.Errorf("Append: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}
