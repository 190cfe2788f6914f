package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	equateEmpty = cmpopts.EquateEmpty()
	canary      = regexp.MustCompile(`CANARY-[a-z0-9-]+`)
	nhsNumber   = regexp.MustCompile(`\b999\d{7}\b`)
)

// canaries are the different canaries of a text, sorted.
func canaries(text string) []string {
	found := canary.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// answer is what came back.
type answer struct {
	*http.Response
	body []byte
	all  string // headers and body as they came
}

// send writes a request as the story has it, byte by byte: a client library would
// mend what an attack has broken. It adds what the story leaves out: Host, the
// token of who asks, Content-Length.
func (r *run) send(text string) answer {
	r.t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	parts := strings.SplitN(lines[0], " ", 2)
	if len(parts) != 2 {
		r.t.Fatalf("%q is not METHOD and target", lines[0])
	}
	method, target := parts[0], strings.TrimSpace(parts[1])
	out := fmt.Sprintf("%s %s HTTP/1.1\r\n", method, target)
	has := map[string]bool{}
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		has[strings.ToLower(name)] = true
		out += strings.TrimRight(line, " ") + "\r\n"
	}
	if !has["host"] {
		out += "Host: broker.example\r\n"
	}
	if !has["authorization"] && r.token != "" && !strings.Contains(text, r.token) {
		out += "Authorization: Bearer " + r.token + "\r\n"
	}
	if !has["content-length"] && !has["transfer-encoding"] && body != "" {
		out += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	out += "Connection: close\r\n\r\n" + body

	connection, err := net.Dial("tcp", r.whole.address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, out); err != nil {
		r.t.Fatal(err)
	}
	raw, err := io.ReadAll(connection)
	if err != nil {
		r.t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), &http.Request{Method: method})
	if err != nil {
		r.t.Fatalf("reading the answer to %s: %v", lines[0], err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatalf("reading the answer to %s: %v", lines[0], err)
	}
	return answer{Response: response, body: got, all: string(raw)}
}

// answered holds an answer against an N.response.
func (r *run) answered(where string, got answer, want string) {
	r.t.Helper()
	head, body, _ := strings.Cut(want, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	status, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		r.t.Fatalf("%s: the response does not begin with a status", where)
	}
	if got.StatusCode != status {
		r.t.Errorf("%s: status %d, want %d", where, got.StatusCode, status)
	}
	var shown []string
	whole := false
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "reason":
			r.reasoned(where, got, value)
		case "says":
			if !strings.Contains(got.all, value) {
				r.t.Errorf("%s: the answer does not say %q", where, value)
			}
		case "never":
			if strings.Contains(got.all, value) {
				r.t.Errorf("%s: the answer holds %q", where, value)
			}
		case "entries":
			r.listed(where, got, value)
		case "shows":
			shown = append(shown, strings.Fields(value)...)
		case "body":
			whole = value == "whole"
		default:
			r.headed(where, got, name, value)
		}
	}
	slices.Sort(shown)
	if diff := cmp.Diff(shown, canaries(got.all), equateEmpty); diff != "" {
		r.t.Errorf("%s: what is released of the source's content (-story +broker):\n%s", where, diff)
	}
	if body = strings.TrimSpace(body); body == "" {
		return
	}
	wanted, found := r.decoded(where+".response", body), decode(got.body)
	if !whole {
		r.matches(where+": body", wanted, found)
		return
	}
	if diff := cmp.Diff(wanted, found); diff != "" {
		r.t.Errorf("%s: body (-story +broker):\n%s", where, diff)
	}
}

func (r *run) headed(where string, got answer, name, want string) {
	r.t.Helper()
	value := strings.Join(got.Header.Values(name), ", ")
	switch {
	case want == "-" && value != "":
		r.t.Errorf("%s: there is a header %s: %s", where, name, value)
	case want != "-" && value != want:
		r.t.Errorf("%s: header %s: %q, want %q", where, name, value, want)
	}
}

// reasoned holds a refusal to its form: one issue with the code, words for a
// person, what they can do, and the record to quote.
func (r *run) reasoned(where string, got answer, code string) {
	r.t.Helper()
	var outcome struct {
		ResourceType string
		Issue        []struct {
			Diagnostics string
			Details     struct {
				Text   string
				Coding []struct{ Code string }
			}
		}
	}
	if err := json.Unmarshal(got.body, &outcome); err != nil || outcome.ResourceType != "OperationOutcome" || len(outcome.Issue) != 1 {
		r.t.Errorf("%s: the answer is not an OperationOutcome with one issue", where)
		return
	}
	issue := outcome.Issue[0]
	if len(issue.Details.Coding) != 1 || issue.Details.Coding[0].Code != code {
		r.t.Errorf("%s: the reason told is %v, want %s", where, issue.Details.Coding, code)
	}
	remedy, named := strings.CutSuffix(issue.Diagnostics, " Record "+got.Header.Get("X-Record-Id")+".")
	if issue.Details.Text == "" || remedy == "" || !named {
		r.t.Errorf("%s: the refusal does not say what happened, what to do, and which record it is: %q, %q", where, issue.Details.Text, issue.Diagnostics)
	}
}

// listed holds the entries of a searchset against a list.
func (r *run) listed(where string, got answer, want string) {
	r.t.Helper()
	var bundle struct {
		Type  string
		Entry []struct {
			Resource struct{ ResourceType, ID string }
		}
	}
	if err := json.Unmarshal(got.body, &bundle); err != nil || bundle.Type != "searchset" {
		r.t.Errorf("%s: the answer is not a searchset", where)
		return
	}
	found := []string{}
	for _, entry := range bundle.Entry {
		name := entry.Resource.ResourceType
		if name != "OperationOutcome" {
			name += "/" + entry.Resource.ID
		}
		found = append(found, name)
	}
	wanted := strings.Fields(want)
	if want == "none" {
		wanted = nil
	}
	if diff := cmp.Diff(wanted, found, equateEmpty); diff != "" {
		r.t.Errorf("%s: entries (-story +broker):\n%s", where, diff)
	}
}
