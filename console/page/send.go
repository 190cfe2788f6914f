package page

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// How long a browser may take: stall for the next piece, longest for a whole page or
// a whole event of a stream. A browser that reads nothing would else hold a
// patient's record in memory for ever.
var (
	stall   = 20 * time.Second
	longest = 2 * time.Minute
)

const pieceSize = 64 << 10

// Send writes text and flushes it, and gives up on a browser that does not read. The
// time is the machine's own, as a connection's deadlines are. A writer that knows no
// deadlines or no flushing, such as a test's, is written to without.
func Send(w http.ResponseWriter, text []byte) error {
	to := http.NewResponseController(w)
	until := time.Now().Add(longest)
	// The connection goes on to the next request, whose writing has its own time.
	defer func() { _ = to.SetWriteDeadline(time.Time{}) }()
	for {
		next := time.Now().Add(stall)
		if until.Before(next) {
			next = until
		}
		if err := to.SetWriteDeadline(next); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("sending a page: %w", err)
		}
		n := min(len(text), pieceSize)
		if _, err := w.Write(text[:n]); err != nil {
			return fmt.Errorf("sending a page: %w", err)
		}
		if text = text[n:]; len(text) > 0 {
			continue
		}
		// What still lies in the server's buffer would leave after the deadline was lifted.
		if err := to.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("sending a page: %w", err)
		}
		return nil
	}
}
