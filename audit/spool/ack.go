package spool

import "fmt"

// Ack says that every entry up to seq is safe elsewhere and need not be read
// again. A lower number than before changes nothing; one beyond the last entry
// is an error.
//
// The caller MUST have made sure that the entries are durable where they went,
// not merely sent. An acknowledgement is durable before a segment is deleted for
// it; one that a crash takes back only means that entries are delivered again,
// so the receiver MUST take an entry twice without harm.
//
// Segments that are acknowledged and past their holding time are deleted here,
// in the caller's goroutine. An error says that the acknowledgement could not be
// written or a segment not be deleted; it holds in memory all the same, and the
// next Ack tries again.
func (s *Spool) Ack(seq uint64) error {
	s.mu.Lock()
	switch {
	case s.closing:
		s.mu.Unlock()
		return fmt.Errorf("acknowledging %d: %w", seq, ErrClosed)
	case seq > max(s.last, s.next-1):
		last := max(s.last, s.next-1)
		s.mu.Unlock()
		return fmt.Errorf("acknowledging %d: the last entry is %d", seq, last)
	}
	s.acked = max(s.acked, seq)
	seq = s.acked
	s.mu.Unlock()
	if err := s.putAck(seq); err != nil {
		return fmt.Errorf("acknowledging %d: %w", seq, err)
	}
	if err := s.clean(false); err != nil {
		return fmt.Errorf("acknowledging %d: %w", seq, err)
	}
	return nil
}

// putAck writes what is acknowledged, and how far the log has come, unless that is
// written already.
func (s *Spool) putAck(seq uint64) error {
	s.mu.Lock()
	a := ack{seq: seq, reached: s.next - 1}
	s.mu.Unlock()
	s.ackMu.Lock()
	defer s.ackMu.Unlock()
	if s.ack.files != nil && a.with(s.ack.value) == s.ack.value {
		return nil
	}
	return s.ack.put(a)
}
