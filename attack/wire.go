package attack

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// answer is what came back.
type answer struct {
	status    int // 0: the connection ended without an answer
	header    http.Header
	body      []byte
	truncated bool // longer than the limit
}

// wire sends bytes as they stand: an HTTP library would put in order what must
// arrive out of order. It speaks to the profile's own hosts only.
type wire struct {
	limits Limits
	tls    *tls.Config
	sent   int
	next   time.Time // when the next request may leave
}

var (
	errTooMany = errors.New("the limit on requests is reached")
	errNoReply = errors.New("no answer in time")
)

func newWire(p *Profile) (*wire, error) {
	w := &wire{limits: p.Limits, tls: &tls.Config{ServerName: p.TLS.ServerName, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}}
	if p.TLS.CAFile != "" {
		text, err := os.ReadFile(p.TLS.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading tls.ca_file: %w", err)
		}
		w.tls.RootCAs = x509.NewCertPool()
		if !w.tls.RootCAs.AppendCertsFromPEM(text) {
			return nil, errors.New("reading tls.ca_file: no certificate in it")
		}
	}
	return w, nil
}

// pace waits until the next request may leave.
func (w *wire) pace(ctx context.Context) error {
	if w.sent >= w.limits.Requests {
		return errTooMany
	}
	w.sent++
	wait := time.Until(w.next)
	w.next = time.Now().Add(max(0, wait) + time.Duration(float64(time.Second)/w.limits.PerSecond))
	if wait <= 0 {
		return ctx.Err()
	}
	return pause(ctx, wait)
}

// send sends a request and reads its answer; of raw bytes all answers, until the
// connection is closed or nothing more comes.
func (w *wire) send(ctx context.Context, to *url.URL, method string, request []byte, raw bool) (answers []answer, closed bool, err error) {
	if err := w.pace(ctx); err != nil {
		return nil, false, err
	}
	conn, err := w.dial(ctx, to)
	if err != nil {
		return nil, false, fmt.Errorf("reaching %s: %w", to.Host, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(w.limits.Timeout)) // a connection that takes none ends by itself
	// A server may answer and close before it has read everything: what it said counts.
	_, writeErr := conn.Write(request)
	r := bufio.NewReader(conn)
	for {
		a, err := w.read(r, method)
		if err != nil {
			if len(answers) == 0 && isTimeout(err) && ctx.Err() == nil {
				return nil, false, errNoReply
			}
			return answers, !isTimeout(err), ctx.Err()
		}
		answers = append(answers, a)
		if !raw || len(answers) >= 16 || a.truncated || writeErr != nil {
			return answers, false, nil
		}
		_ = conn.SetDeadline(time.Now().Add(w.limits.Wait))
	}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

func (w *wire) dial(ctx context.Context, to *url.URL) (net.Conn, error) {
	port := to.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[to.Scheme]
	}
	address := net.JoinHostPort(to.Hostname(), port)
	plain := &net.Dialer{Timeout: w.limits.Timeout}
	if to.Scheme != "https" {
		return plain.DialContext(ctx, "tcp", address)
	}
	config := w.tls.Clone()
	if config.ServerName == "" {
		config.ServerName = to.Hostname()
	}
	return (&tls.Dialer{NetDialer: plain, Config: config}).DialContext(ctx, "tcp", address)
}

// read reads one answer, and leaves out those that come before it (1xx).
func (w *wire) read(r *bufio.Reader, method string) (answer, error) {
	for range 8 {
		resp, err := http.ReadResponse(r, &http.Request{Method: strings.ToUpper(method)})
		if err != nil {
			return answer{}, err
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		a := answer{status: resp.StatusCode, header: resp.Header}
		body, err := io.ReadAll(io.LimitReader(resp.Body, w.limits.Body+1))
		resp.Body.Close()
		if err != nil && isTimeout(err) {
			return answer{}, err
		}
		a.truncated = int64(len(body)) > w.limits.Body
		a.body = w.plain(resp.Header, body)
		return a, nil
	}
	return answer{}, errors.New("only interim answers came")
}

// plain unpacks what came packed; what cannot be unpacked is looked at as it is.
func (w *wire) plain(h http.Header, body []byte) []byte {
	if !strings.EqualFold(h.Get("Content-Encoding"), "gzip") {
		return body
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	text, _ := io.ReadAll(io.LimitReader(unpacked, w.limits.Body)) // as far as it goes
	return append(text, body...)
}
