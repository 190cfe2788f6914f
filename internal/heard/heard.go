// Package heard keeps what a server or a process says, for tests.
package heard

import (
	"bytes"
	"sync"
)

// Text is what was said so far. It may be read while it is written.
type Text struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
