package hostile

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Behaviour is one way to lie.
type Behaviour struct {
	Name  string // an id of FHIR's: what chooses it
	Title string // what it does, in words

	answer answer
}

// answer answers one request.
type answer func(x *ask)

// Behaviours are all there are, by group.
func Behaviours() []Behaviour {
	return slices.Concat(
		[]Behaviour{{"honest", "says nothing but what is so", honestly}},
		others, bundles, names, types, texts, large, statuses, headers, versions, framing, slow, codings, links, suite(),
	)
}

// honestly answers with A's alone: what is released of it shows that the way is open.
func honestly(x *ask) {
	if x.search {
		x.send(http.StatusOK, x.searchset(x.entry(x.mine())))
		return
	}
	x.send(http.StatusOK, x.saying(x.mine()))
}

// says answers with one resource, in a searchset or a history where that was asked for.
func says(resource func(x *ask) string) answer {
	return func(x *ask) { x.send(http.StatusOK, x.saying(resource(x))) }
}

// member answers with A's Observation and further members.
func member(more string) answer {
	return says(func(x *ask) string { return x.observation(x.one(), x.a, ","+x.fill(more)) })
}

// entry answers a search with A's entry and another one; a read with its resource.
func entry(resource string) answer {
	return func(x *ask) {
		body := x.fill(resource)
		if x.search {
			body = x.searchset(x.entry(x.observation("o-a", x.a, "")), body)
		}
		x.send(http.StatusOK, body)
	}
}

// body answers with a text as it is.
func body(text string) answer { return func(x *ask) { x.send(http.StatusOK, x.fill(text)) } }

// turned answers with what is true of A, B beside it, turned into something else.
func turned(turn func(good string) string) answer {
	return func(x *ask) { x.send(http.StatusOK, turn(x.beside())) }
}

// fill puts into a text what is written in braces: {A} and {B} the marks, {nA} and {nB}
// the numbers, {id} the id of A's resource, {base} the server's base, {a} and {b} an
// Observation of each, {pb} the Patient B, {lab} that it is of the laboratory.
func (x *ask) fill(text string) string {
	return strings.NewReplacer(
		"{a}", x.observation(x.one(), x.a, ""), "{b}", x.observation("o-b", x.b, ""), "{pb}", x.patient(x.b, "b"), "{lab}", laboratory,
		"{A}", A, "{B}", B, "{nA}", x.a.number, "{nB}", x.b.number, "{id}", x.one(), "{base}", x.base,
	).Replace(text)
}

// status answers with a status, with A's record and B beside it.
func status(code int) answer { return func(x *ask) { x.send(code, x.beside()) } }

// header answers truly, with a header field more; "" takes it away.
func header(name, value string) answer {
	return func(x *ask) {
		if value == "" {
			x.w.Header()[name] = nil
			x.w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(x.w, x.beside())
			return
		}
		x.w.Header().Set(name, x.fill(value))
		x.send(http.StatusOK, x.beside())
	}
}

// raw answers with bytes on the connection, and closes it. In the text, "\n" alone ends
// a line of the head; {body} is A's record with B beside it, {length} its length.
func raw(head string) answer {
	return wire(func(x *ask, c io.Writer) {
		good := x.beside()
		text := strings.NewReplacer("\n", "\r\n", "{length}", fmt.Sprint(len(good)), "{chunk}", fmt.Sprintf("%x", len(good)),
			"{shorter}", fmt.Sprint(len(good)-10), "{longer}", fmt.Sprint(len(good)+10), "{B}", B, "{nB}", x.b.number, "{body}", good).Replace(head)
		_, _ = io.WriteString(c, text)
	})
}

// wire answers on the connection itself.
func wire(tell func(x *ask, c io.Writer)) answer {
	return func(x *ask) {
		conn, buffered, err := http.NewResponseController(x.w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler) // only over HTTP/1 can it lie so
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(longest))
		tell(x, conn)
		lingers(conn, buffered.Reader)
	}
}

// lingers lets what was sent arrive: a connection that is closed while there is
// something unread is reset, and the answer may be lost.
func lingers(conn net.Conn, in *bufio.Reader) {
	if tcp, ok := conn.(*net.TCPConn); ok && tcp.CloseWrite() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, in)
	}
}
