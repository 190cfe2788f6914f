package hostile_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/internal/demo/hostile"
)

const numberA, numberB = "9990000018", "9990000026"

func start(t *testing.T) (address string) {
	t.Helper()
	listening := httptest.NewUnstartedServer(nil)
	address = listening.Listener.Addr().String()
	s, err := hostile.New(hostile.Options{Base: "http://" + address + "/fhir", NumberA: numberA, NumberB: numberB})
	if err != nil {
		t.Fatal(err)
	}
	listening.Config.Handler = s
	listening.Start()
	t.Cleanup(listening.Close)
	return address
}

// heard is what the server says on the connection: until it tells of B, it ends, 24 MB have
// come, or the time is over.
func heard(t *testing.T, address, target string, within time.Duration) []byte {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	var out []byte
	part := make([]byte, 64<<10)
	for searched := 0; len(out) < 24<<20; {
		n, err := c.Read(part)
		out = append(out, part[:n]...)
		if err != nil || tellsOfB(out[searched:]) {
			break
		}
		searched = max(0, len(out)-4*len(hostile.B))
	}
	return out
}

func tellsOfB(text []byte) bool {
	return bytes.Contains(bytes.ReplaceAll(text, []byte{0}, nil), []byte(hostile.B))
}

// silentOfB are the behaviours that say nothing of B where they are asked, and what they
// try instead.
var silentOfB = map[string]string{
	"honest": "the way is open", "hang": "time", "nothing": "no answer", "empty": "no answer", "blanks": "no answer", "just-a-number": "says B's number",
	"just-null": "no answer",
}

// A behaviour that does not tell of B could not be told from one that is held back.
func TestEveryBehaviourTellsOfB(t *testing.T) {
	address := start(t)
	for _, one := range hostile.Behaviours() {
		t.Run(one.Name, func(t *testing.T) {
			t.Parallel()
			if !fhir.IsID(one.Name) || one.Title == "" {
				t.Errorf("%q, %q: cannot be asked for, or says nothing", one.Name, one.Title)
			}
			_, silent := silentOfB[one.Name]
			within := time.Minute
			if silent {
				within = time.Second // nothing is to come
			}
			all := heard(t, address, "/fhir/Observation?patient=a&code=https://hostile.example%7C"+one.Name, within)
			told := tellsOfB(all)
			if i := bytes.Index(all, []byte("\r\n\r\n")); i > 0 && !told {
				if r, err := gzip.NewReader(bytes.NewReader(all[i+4:])); err == nil {
					b, _ := io.ReadAll(io.LimitReader(r, 1<<20))
					told = len(b) > 0
				}
			}
			if told == silent {
				t.Errorf("tells of B: %v; it said %d bytes: %.300q", told, len(all), all)
			}
		})
	}
}

func TestBehavioursHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, one := range hostile.Behaviours() {
		if seen[one.Name] {
			t.Errorf("two behaviours are called %s", one.Name)
		}
		seen[one.Name] = true
	}
	if len(seen) < 500 {
		t.Errorf("%d behaviours", len(seen))
	}
}

// What chooses no behaviour is answered truly: who the two patients are.
func TestTheRestIsTrue(t *testing.T) {
	address := start(t)
	for target, want := range map[string]string{
		"/fhir/Patient/a": hostile.A, "/fhir/Patient/b": hostile.B, "/fhir/Observation/no-such": "not-found",
		"/fhir/Patient?identifier=x": hostile.A, "/fhir/Observation/honest": hostile.A, "/fhir/Observation?code=x%7Chonest": hostile.A,
	} {
		resp, err := http.Get("http://" + address + target)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(text), want) || !json.Valid(text) {
			t.Errorf("%s: %s", target, text)
		}
	}
}

// The texts are those of JSONTestSuite: a parser of the standard library takes what every
// parser must, and refuses what none may take.
func TestTheSuiteIsWhole(t *testing.T) {
	all := hostile.Suite()
	if len(all) != 318 {
		t.Errorf("%d texts, want 318", len(all))
	}
	for _, text := range all {
		if valid := json.Valid([]byte(text.Body)); !text.Open && valid != text.Valid {
			t.Errorf("%s: valid %v, want %v", text.Name, valid, text.Valid)
		}
	}
	if !slices.ContainsFunc(all, func(one hostile.Text) bool {
		return one.Name == "i_string_utf16LE_no_BOM" && strings.HasPrefix(one.Body, "[\x00\"\x00")
	}) {
		t.Error("a text in UTF-16 did not come through whole")
	}
}
