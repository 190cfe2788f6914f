//go:build servers

package clickhouse_test

import (
	"bytes"
	"net"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// cutter stands between a store and its server, and cuts the first connection
// that inserts into records after the server has the data and before it can say
// so: what its client sees is that Send failed.
type cutter struct {
	t         *testing.T
	server    string
	committed func() bool

	mu    sync.Mutex
	state int
	cuts  int
}

// The states of a cutter, in order.
const (
	waiting    = iota // for the insert's text
	asked             // for the server's description of the columns
	described         // for the data
	swallowing        // the server's answer
	passing           // everything: the cut is done
)

// sees moves on and says whether bytes may pass.
func (c *cutter) sees(fromClient bool, b []byte) (pass, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == waiting && fromClient && bytes.Contains(b, []byte("INSERT INTO records")):
		c.state = asked
	case c.state == asked && !fromClient:
		c.state = described
	case c.state == described && fromClient:
		c.state = swallowing
	case c.state == swallowing && !fromClient:
		// The server may say something before it has everything: meanwhile the rest
		// of the insert must pass.
		c.mu.Unlock()
		for !c.committed() {
			runtime.Gosched()
		}
		c.mu.Lock()
		c.state = passing
		c.cuts++
		return false, true
	}
	return true, false
}

func (c *cutter) listen() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", c.server)
			if err != nil {
				client.Close()
				continue
			}
			go c.pump(client, server, true)
			go c.pump(server, client, false)
		}
	}()
	return l.Addr().String()
}

func (c *cutter) pump(from, to net.Conn, fromClient bool) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			pass, cut := c.sees(fromClient, buf[:n])
			if cut {
				return
			}
			if pass {
				if _, err := to.Write(buf[:n]); err != nil {
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// Send fails although the server has committed: what is read back says that the
// batch is there, and it is not sent a second time.
func TestServersClickHouseSendFailsAfterCommit(t *testing.T) {
	direct := open(t)
	if err := direct.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	database := clickhouse.Text(t, direct, `SELECT currentDatabase()`)
	c := &cutter{t: t, server: server.Native, committed: func() bool {
		return clickhouse.Text(t, direct, `SELECT toString(count()) FROM records`) == "300"
	}}
	s := openAt(t, c.listen(), database)
	all := trailtest.Chain(trailtest.Records("region-1", 300)...)
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", all)); err != nil {
		t.Error(err)
	}
	if c.cuts != 1 {
		t.Fatalf("the connection was cut %d times", c.cuts)
	}
	entries, err := s.Entries(t.Context(), "region-1", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, entries); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if n := clickhouse.Text(t, direct, `SELECT toString(count()) FROM records`); n != "300" {
		t.Errorf("%s rows", n)
	}
}
