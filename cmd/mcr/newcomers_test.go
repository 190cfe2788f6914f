package main_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// connected opens connections that say nothing yet. The server has taken them in, since it
// answers by one that was opened after them.
func (s *site) connected(many int) (all []net.Conn) {
	s.t.Helper()
	for range many + 1 {
		c, err := net.Dial("tcp", s.listen)
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { _ = c.Close() })
		all = append(all, c)
	}
	s.speak(all[many:])
	return all[:many]
}

// speak sends a request by each connection.
func (s *site) speak(all []net.Conn) {
	s.t.Helper()
	lost := 0
	for _, c := range all {
		_, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: "+s.listen+"\r\nConnection: close\r\n\r\n")
		if err == nil {
			var answer *http.Response
			if answer, err = http.ReadResponse(bufio.NewReader(c), nil); err == nil {
				answer.Body.Close()
			}
		}
		if err != nil {
			lost++
			s.t.Log(err)
		}
	}
	if lost > 0 {
		s.t.Errorf("%d of %d connections were lost", lost, len(all))
	}
}

func (s *site) reload() (string, error) {
	return s.run("reload", "--config", "Caddyfile", "--address", s.admin, "--force")
}

// The judge is net/http's client, with a new connection for each request.
func TestAReloadLosesNoNewConnection(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	silent := s.connected(20)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	done := make(chan struct{})
	var clients sync.WaitGroup
	var mu sync.Mutex
	asked, lost := 0, 0
	for range 8 {
		clients.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				answer, err := client.Get("http://" + s.listen + "/healthz")
				mu.Lock()
				if asked++; err != nil {
					lost++
					t.Log(err)
				}
				mu.Unlock()
				if err == nil {
					answer.Body.Close()
				}
			}
		})
	}
	for range 3 {
		if out, err := s.reload(); err != nil {
			t.Errorf("reload: %v\n%s", err, out)
		}
	}
	close(done)
	clients.Wait()
	s.speak(silent)
	if lost > 0 || asked < 50 {
		t.Errorf("%d of %d requests were lost", lost, asked)
	}
}

// A configuration that is refused after it has listened, a further address, and one less.
func TestAReloadOfAddressesLosesNoNewConnection(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	silent := s.connected(10)
	another, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer another.Close()
	first, second := s.listen, another.Addr().String()
	s.change("http://"+first+" {", "http://"+first+", http://"+second+" {")
	if out, err := s.reload(); err == nil || !strings.Contains(out, "address already in use") {
		t.Fatalf("an address that is another's was taken: %v\n%s", err, out)
	}
	s.speak(append(silent[:5:5], s.connected(5)...))
	another.Close()
	if out, err := s.reload(); err != nil {
		t.Fatalf("reload: %v\n%s", err, out)
	}
	s.speak(silent[5:])
	s.listen = second
	atSecond := s.connected(5)
	s.change("http://"+first+", http://"+second+" {", "http://"+second+" {")
	if out, err := s.reload(); err != nil {
		t.Fatalf("reload: %v\n%s", err, out)
	}
	s.speak(atSecond)
	if c, err := net.Dial("tcp", first); err == nil {
		c.Close()
		t.Errorf("%s is served still", first)
	}
	s.stop()
	for _, address := range []string{first, second} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Errorf("after a stop: %v", err)
			continue
		}
		l.Close()
	}
}

// A server that is stopped drops what it has read in part: the reload waits, not for ever, and
// says so.
func TestAReloadWaitsForARequestThatIsComingIn(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	coming := s.connected(1)[0]
	if _, err := io.WriteString(coming, "GET /healthz HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	if out, err := s.reload(); err != nil {
		t.Fatalf("reload: %v\n%s", err, out)
	}
	s.says("connections that had begun to ask are dropped") // or nobody was waited for
	s.says(`"connections":1`)
}
