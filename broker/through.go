package broker

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
)

// Through makes a Next of what carries requests to the source, such as a http.Transport: it
// asks once, and what comes is the answer, a redirect too. The source is sent what the broker
// built and nothing else, no header that names the client either.
func Through(source http.RoundTripper) Next {
	return func(w http.ResponseWriter, r *http.Request) error {
		answer, err := source.RoundTrip(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		if answer.StatusCode == http.StatusSwitchingProtocols {
			return nil // the recorder has refused it, and nothing is read of a tunnel
		}
		buffer := copying.Get().(*[copyBytes]byte)
		defer func() {
			clear(buffer[:]) // record content does not linger
			copying.Put(buffer)
		}()
		if _, err := io.CopyBuffer(w, answer.Body, buffer[:]); err != nil {
			return fmt.Errorf("%w: %w", errSourceBroke, err)
		}
		return nil
	}
}

// copyBytes are read of a source's answer at a time, as Caddy's proxy does.
const copyBytes = 32 << 10

var copying = sync.Pool{New: func() any { return new([copyBytes]byte) }}
