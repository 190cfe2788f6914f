package intake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
)

// A piece ends with so many lines, or bytes.
const (
	pieceLines = 256
	pieceBytes = 1 << 20
)

// piece is some lines that follow each other.
type piece struct {
	lines []*line // but for those that are empty
	last  int     // the number of the last one
	end   int64   // where it ends
	err   error   // why no other follows: io.EOF, or the file cannot be read
	fault error   // of the work on it
	ready chan struct{}
}

// pieces reads the file from its beginning, and calls take with its lines in their order. work is
// called with each piece before that, on all processors. What is read goes to digest, too. There
// are never more pieces in memory than a few for each processor.
func (s *source) pieces(ctx context.Context, digest io.Writer, work, take func(*piece) error) error {
	ctx, cancel := context.WithCancel(ctx)
	queue := make(chan *piece, runtime.GOMAXPROCS(0))
	defer func() {
		cancel()
		for p := range queue { // nobody works on, or reads the file, after the end
			<-p.ready
		}
	}()
	go func() {
		defer close(queue)
		in := bufio.NewReaderSize(io.TeeReader(s.from(0), digest), 256<<10)
		for p := (*piece)(nil); p == nil || p.err == nil; {
			p = nextPiece(in, p)
			p.ready = make(chan struct{})
			go func() {
				p.fault = work(p)
				close(p.ready)
			}()
			select {
			case queue <- p:
			case <-ctx.Done():
				<-p.ready
				return
			}
		}
	}()
	for p := range queue {
		<-p.ready
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.err != nil && !errors.Is(p.err, io.EOF) {
			return fmt.Errorf("reading line %d: %w", p.last, p.err)
		}
		if p.fault != nil {
			return p.fault
		}
		if err := take(p); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// nextPiece reads the piece after another, or the first one.
func nextPiece(in *bufio.Reader, before *piece) *piece {
	p := &piece{}
	if before != nil {
		p.last, p.end = before.last, before.end
	}
	for from := p.end; p.err == nil && len(p.lines) < pieceLines && p.end-from < pieceBytes; {
		text, long, size, err := readLine(in)
		p.last++
		if long || len(text) > 0 {
			p.lines = append(p.lines, &line{number: p.last, offset: p.end, text: text, long: long})
		}
		p.end += size
		p.err = err
	}
	return p
}
