package attack_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/attack"
)

// product is a server that the suite attacks. It reads any bytes, answers the n-th
// request as it is told, and closes: no HTTP library stands in between.
type product struct {
	base  string
	asked []string // what came, as it came
}

// serve starts one. reply is asked for the answer to each request: its whole bytes,
// or "" for none.
func serve(t *testing.T, reply func(n int, request string) string) *product {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &product{base: "http://" + l.Addr().String() + "/fhir"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			request := take(conn)
			p.asked = append(p.asked, request)
			_, _ = io.WriteString(conn, reply(len(p.asked)-1, request)) // the suite may have gone
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return p
}

// take reads one request: its head and as much of a body as it announces, or, of
// what is none, until nothing more comes.
func take(conn net.Conn) string {
	var b strings.Builder
	r := bufio.NewReader(conn)
	length := 0
	_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "Content-Length") {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
		if err != nil || strings.TrimSpace(line) == "" {
			break
		}
	}
	body := make([]byte, min(max(length, 0), 2<<20))
	n, _ := io.ReadFull(r, body)
	return b.String() + string(body[:n])
}

// say writes an answer.
func say(status int, body string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

// honest is a product that passes the controls and then answers with reply.
func honest(t *testing.T, reply func(n int, request string) string) *product {
	t.Helper()
	return serve(t, func(n int, request string) string {
		switch {
		case n == 0:
			return say(200, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","id":"of-a-12345"}}]}`)
		case n < controls:
			return say(403, `{"resourceType":"OperationOutcome"}`)
		}
		return reply(n-controls, request)
	})
}

// controls is the number of requests that the controls send.
const controls = 3

func professional(token string) attack.Professional {
	return attack.Professional{Token: attack.TokenFrom{Text: token}}
}

// profile is one for such a product.
func profile(p *product) attack.Profile {
	return attack.Profile{
		Name: "test", Base: p.base,
		Professionals: map[string]attack.Professional{
			"permitted": professional("secret-of-permitted"), "partly": professional("secret-of-partly"), "stranger": professional("secret-of-stranger"),
		},
		Patients: map[string]attack.Patient{
			"A": {ID: "patient-a", NHS: "9990000018", Markers: []string{"of-a-12345"}, Resources: map[string]string{"Observation": "of-a-12345"}},
			"B": {ID: "patient-b", NHS: "9990000026", Markers: []string{"Birchwood", "9990000026"}, Resources: map[string]string{"Observation": "of-b-12345"}},
		},
		Markers: map[string]attack.Markers{"withheld": {Texts: []string{"86406008"}}, "internal": {Texts: []string{"10.0.0.7:8080"}}},
		Limits:  attack.Limits{PerSecond: 1e6, Wait: 50 * time.Millisecond, Timeout: 5 * time.Second},
	}
}

// one runs one case, as it stands in a file, against a product.
func one(t *testing.T, p *product, text string) attack.Result {
	t.Helper()
	cases, err := attack.ParseCases([]byte("cases:\n" + text))
	if err != nil {
		t.Fatalf("the case cannot be read: %v\n%s", err, text)
	}
	results, err := attack.Run(t.Context(), profile(p), attack.Options{Cases: cases})
	if err != nil {
		t.Fatalf("running: %v", err)
	}
	return results[0]
}
