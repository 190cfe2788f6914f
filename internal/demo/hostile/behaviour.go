package hostile

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
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

// Group are behaviours of one kind.
type Group struct {
	Name       string
	Reason     string // why it is an attack
	Source     string // what says that it must not get through, or where it was seen
	Behaviours []Behaviour
}

// Groups are all the ways to lie.
func Groups() []Group {
	return []Group{
		{"honest", "What is held back later is held back for what it is, and not because the way is shut.", "its control",
			[]Behaviour{{"honest", "says nothing but what is so", honestly}}},
		{"others", "A source whose search is too wide, or whose data are mixed up, sends what is another patient's.", "Firely Server 4.1.0 and 4.10.2; attacks 79 to 84", others},
		{"bundles", "What is no answer to the question may still hold a record.", "FHIR R4 2.36 (Bundle), 3.1.0", bundles},
		{"names", "Two readers of JSON take another one of two equal names, and judge another thing than they show.", "RFC 8259 section 4; Bishop Fox, JSON interoperability vulnerabilities (2021)", names},
		{"types", "A reader that expects an object passes over what is none, and with it over whose record it is.", "FHIR R4 2.6.2 (JSON representation)", types},
		{"texts", "What one reader takes for JSON, or for a letter, another takes for something else.", "RFC 8259 sections 2, 7 and 8.1; RFC 3629", texts},
		{"large", "A body that takes more memory or time than it has bytes ends the service for everybody.", "CWE-400, CWE-674", large},
		{"statuses", "A status that says one thing and a body that says another; what comes before the answer goes past who judges it.", "RFC 9110 section 15", statuses},
		{"headers", "Header fields name people, set something at the client, and tell what lies behind.", "RFC 9110 section 7.6; OWASP Secure Headers", headers},
		{"versions", "What is no HTTP/1.1 is read in another way by each reader.", "RFC 9112 sections 2.3 and 4", versions},
		{"framing", "Where one answer ends and the next begins is read in two ways: what is left over answers whoever asks next.", "RFC 9112 sections 6 and 7; CWE-444 (response smuggling)", framing},
		{"slow", "An answer that never ends holds a connection, memory and a person who waits.", "CWE-400; slow HTTP answers", slow},
		{"codings", "Nobody asked for it packed: who passes it on has not judged it, who unpacks it may burst.", "RFC 9110 section 8.4; CWE-409", codings},
		{"links", "A link to the next page is followed with the rights of whoever holds it, to wherever it leads.", "CWE-918 (request forgery); attack 105", links},
		{"json", "JSONTestSuite: what no parser may take is never released, and what every parser must take is read alike.", "https://github.com/nst/JSONTestSuite (MIT)", suite()},
	}
}

// Behaviours are all ways to lie, whatever their kind.
func Behaviours() (all []Behaviour) {
	for _, group := range Groups() {
		all = append(all, group.Behaviours...)
	}
	return all
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
