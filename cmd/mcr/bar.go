package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// bar shows on a terminal how far something is; elsewhere it says so now and then.
type bar struct {
	out   io.Writer
	width int // of the terminal, 0 where it is none
	next  time.Time
	began time.Time
	drawn bool
}

const (
	drawEvery = 200 * time.Millisecond
	tellEvery = 30 * time.Second
)

func newBar(out io.Writer) *bar {
	b := &bar{out: out, began: time.Now()}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.width, _, _ = term.GetSize(int(f.Fd()))
		b.next = time.Now().Add(drawEvery)
	} else {
		b.next = time.Now().Add(tellEvery)
	}
	return b
}

// begin begins another phase.
func (b *bar) begin() { b.began = time.Now() }

// clear takes the bar away.
func (b *bar) clear() {
	if b.drawn {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.drawn = false
	}
}

// line writes a line of its own.
func (b *bar) line(text string) {
	b.clear()
	fmt.Fprintln(b.out, text)
}

// show says what is done, and when it is time to: so much of all since the phase began, which is
// that part of the whole. detail is asked for when something is written.
func (b *bar) show(what string, done, all int64, part float64, detail func() string) {
	now := time.Now()
	if now.Before(b.next) || all <= 0 {
		return
	}
	text := detail()
	if rest := all - done; done > 0 && rest > 0 {
		left := time.Duration(float64(now.Sub(b.began)) * float64(rest) / float64(done))
		text += ", " + left.Round(time.Second).String() + " left"
	}
	if b.width == 0 {
		b.next = now.Add(tellEvery)
		fmt.Fprintf(b.out, "%s: %.0f %%, %s\n", what, 100*part, text)
		return
	}
	b.next = now.Add(drawEvery)
	b.drawn = true
	room := min(40, b.width-len(what)-len(text)-12)
	drawing := ""
	if room >= 10 {
		full := int(part * float64(room))
		drawing = "[" + strings.Repeat("#", full) + strings.Repeat(" ", room-full) + "] "
	}
	fmt.Fprintf(b.out, "\r\x1b[K%-8s %s%3.0f %% %s", what, drawing, 100*part, text)
}
