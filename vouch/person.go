package vouch

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

// Field is the header field of a statement.
const Field = "Mcr-Client"

// mostAgent bounds what a program says of itself, in bytes.
const mostAgent = 1000

// Person is where somebody's request came from: the address and the program, as the
// first of our own programs saw them.
type Person struct {
	Address netip.Addr // the zero Addr when it is not known
	Agent   string     // the User-Agent field
}

// PersonOf is where r came from, by its connection (RemoteAddr) and its User-Agent.
func PersonOf(r *http.Request) Person {
	host := r.RemoteAddr
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	address, _ := netip.ParseAddr(host)
	return Person{Address: address.Unmap(), Agent: strings.ToValidUTF8(r.UserAgent(), "\ufffd")}
}

// IsZero says that nothing is known.
func (p Person) IsZero() bool { return p == Person{} }

const unknown = "unknown" // as RFC 7239 section 6.2 has it

// field writes p, with the trace id, as the value of Field.
func (p Person) field(trace string) string {
	address := unknown
	if p.Address.IsValid() {
		address = p.Address.WithZone("").String()
	}
	agent := p.Agent
	if len(agent) > mostAgent {
		agent = strings.ToValidUTF8(agent[:mostAgent], "")
	}
	return `for="` + address + `", agent=:` + base64.StdEncoding.EncodeToString([]byte(agent)) + `:, trace="` + trace + `"`
}

var fieldForm = regexp.MustCompile(`^for="([0-9a-f.:]{2,45}|unknown)", agent=:([A-Za-z0-9+/]*={0,2}):, trace="([0-9a-f]*)"$`)

// readField reads what field wrote, exactly.
func readField(value string) (p Person, trace string, ok bool) {
	parts := fieldForm.FindStringSubmatch(value)
	if parts == nil {
		return Person{}, "", false
	}
	if parts[1] != unknown {
		address, err := netip.ParseAddr(parts[1])
		if err != nil || address.String() != parts[1] {
			return Person{}, "", false
		}
		p.Address = address
	}
	agent, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(agent) > mostAgent {
		return Person{}, "", false
	}
	p.Agent = strings.ToValidUTF8(string(agent), "\ufffd")
	return p, parts[3], true
}
