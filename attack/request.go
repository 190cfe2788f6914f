package attack

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// run is one run of the suite.
type run struct {
	profile Profile
	base    *url.URL
	wire    *wire
	keys    issuerKeys
	tokens  map[string]string
	asked   map[string]time.Time // when a token was got
	clock   func() time.Time
}

// scene is one case while it runs: what it kept and what it has sent.
type scene struct {
	*run
	ctx  context.Context
	each string
	kept map[string]string
	sent []string // every request so far: what they hold proves nothing when it comes back
	as   string
}

// value gives what a name in braces stands for.
func (s *scene) value(name string) (string, error) {
	root, rest, _ := strings.Cut(name, ".")
	found, ok := made(root, rest, s.clock())
	if ok {
		return found, nil
	}
	switch root {
	case "each":
		return s.within(s.each, "each")
	case "type":
		return s.profile.Type, nil
	case "system":
		return s.profile.IdentifierSystem, nil
	case "base":
		if rest == "path" {
			return s.base.EscapedPath(), nil
		}
		return s.profile.Base, nil
	case "site":
		if rest == "host" {
			return s.base.Host, nil
		}
		return s.base.Scheme + "://" + s.base.Host, nil
	case "random":
		return random(), nil
	case "token":
		return s.token(s.ctx, rest)
	case "bases":
		return s.given(s.profile.Bases, "bases", rest)
	case "vars":
		text, err := s.given(s.profile.Vars, "vars", rest)
		if err != nil {
			return "", err
		}
		return s.within(text, "vars")
	case "kept":
		return s.given(s.kept, "kept", rest)
	}
	patient, ok := s.profile.Patients[root]
	if !ok {
		return "", missing("the profile names no patients." + root)
	}
	switch rest {
	case "id":
		found = patient.ID
	case "nhs":
		found = patient.NHS
	case "one":
		found = patient.Resources[s.profile.Type]
	default:
		found = patient.Resources[rest]
	}
	if found == "" {
		return "", missing(fmt.Sprintf("the profile does not say patients.%s's %s", root, rest))
	}
	return found, nil
}

// within expands a value that holds names itself, but not its own kind again.
func (s *scene) within(text, kind string) (string, error) {
	return expand(text, func(name string) (string, error) {
		if root, _, _ := strings.Cut(name, "."); root == kind {
			return "", missing("{" + name + "} within " + kind)
		}
		return s.value(name)
	})
}

func (s *scene) given(from map[string]string, of, name string) (string, error) {
	if v := from[name]; v != "" {
		return v, nil
	}
	if of == "kept" {
		return "", notKept(name)
	}
	return "", missing(fmt.Sprintf("the profile names no %s.%s", of, name))
}

// message is a request on its way.
type message struct {
	to     *url.URL
	method string
	bytes  []byte
	raw    bool
	told   string // for the report: without tokens
}

// build writes the request of a step.
func (s *scene) build(step Step) (m message, err error) {
	s.as = step.As
	if s.as == "" {
		s.as = "permitted"
	}
	m.to, m.method = s.base, "GET"
	if step.Raw != "" {
		text, err := expand(step.Raw, s.value)
		if err != nil {
			return m, err
		}
		// YAML's lines become HTTP's; a line that ends with \n alone is written so.
		text = strings.NewReplacer("\r\n", "\r\n", "\\n\n", "\n", "\n", "\r\n").Replace(text)
		m.bytes, m.raw, m.told = unescape(text), true, "raw: "+firstLine(text)
		m.method = strings.ToUpper(strings.SplitN(text, " ", 2)[0])
		return m, nil
	}
	send, err := expand(step.Send, s.value)
	if err != nil {
		return m, err
	}
	method, target, _ := strings.Cut(send, " ")
	m.method = method
	if m.to, target, err = s.where(target); err != nil {
		return m, err
	}
	body, kind, err := s.body(step)
	if err != nil {
		return m, err
	}
	headers, err := s.headers(step, kind, body != "")
	if err != nil {
		return m, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, target)
	if !named(headers, "Host") {
		fmt.Fprintf(&b, "Host: %s\r\n", m.to.Host)
	}
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if (body != "" || method == "POST" || method == "PUT" || method == "PATCH") && !named(headers, "Content-Length") && !named(headers, "Transfer-Encoding") {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("Connection: close\r\n\r\n" + body)
	m.bytes, m.told = b.Bytes(), told(method, target, step, headers, body)
	return m, nil
}

// where finds the address of a target: below the base, or whole, but never at a
// host that the profile does not name.
func (s *scene) where(target string) (*url.URL, string, error) {
	for _, base := range append([]string{s.base.Scheme + "://" + s.base.Host}, slices.Sorted(maps.Values(s.profile.Bases))...) {
		u, err := url.Parse(base)
		if err != nil {
			continue
		}
		site := u.Scheme + "://" + u.Host
		if rest, ok := strings.CutPrefix(target, site); ok && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
			if rest == "" || rest[0] != '/' {
				rest = "/" + rest
			}
			return u, rest, nil
		}
	}
	if strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") {
		return nil, "", missing("this would go to a host that is not the profile's")
	}
	path := s.base.EscapedPath()
	switch {
	case target == ".":
		return s.base, path, nil
	case strings.HasPrefix(target, "?"):
		return s.base, path + target, nil
	}
	return s.base, path + "/" + target, nil
}

func (s *scene) body(step Step) (body, kind string, err error) {
	switch {
	case step.Form != "":
		kind = "application/x-www-form-urlencoded"
		body, err = expand(step.Form, s.value)
	case step.Body != "":
		kind = "application/fhir+json"
		body, err = expand(step.Body, s.value)
	}
	return strings.TrimSuffix(body, "\n"), kind, err
}

func (s *scene) headers(step Step, kind string, hasBody bool) (all []string, err error) {
	for _, h := range step.Headers {
		if h, err = expand(h, s.value); err != nil {
			return nil, err
		}
		all = append(all, string(unescape(h)))
	}
	if !named(all, "Accept") {
		all = append(all, "Accept: application/fhir+json")
	}
	if hasBody && !named(all, "Content-Type") {
		all = append(all, "Content-Type: "+kind)
	}
	if s.as == "nobody" || named(step.Headers, "Authorization") {
		return all, nil
	}
	token, err := s.bearer(step)
	if err != nil {
		return nil, err
	}
	return append(all, "Authorization: Bearer "+token), nil
}

func (s *scene) bearer(step Step) (string, error) {
	if step.Token == nil {
		return s.token(s.ctx, s.as)
	}
	from := step.Token.From
	if from == "" {
		from = s.as
	}
	genuine, err := s.token(s.ctx, from)
	if err != nil {
		return "", err
	}
	return step.Token.make(genuine, s.keys, s.value)
}

func named(headers []string, name string) bool {
	return slices.ContainsFunc(headers, func(h string) bool {
		n, _, _ := strings.Cut(h, ":")
		return strings.EqualFold(strings.TrimSpace(n), name)
	})
}

// unescape writes the bytes that YAML cannot hold: \x00 and its like.
func unescape(text string) []byte {
	var out []byte
	for i := 0; i < len(text); i++ {
		var n byte
		if strings.HasPrefix(text[i:], `\x`) && len(text) >= i+4 {
			if _, err := fmt.Sscanf(text[i+2:i+4], "%02x", &n); err == nil {
				out = append(out, n)
				i += 3
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\r\n")
	return shown(line)
}

// told is a request for the report: what it is about, without its tokens.
func told(method, target string, step Step, headers []string, body string) string {
	all := method + " " + shown(target)
	for _, h := range headers {
		name, _, _ := strings.Cut(h, ":")
		if !slices.Contains([]string{"Authorization", "Accept", "Content-Type"}, name) || name != "Authorization" && named(step.Headers, name) {
			all += " [" + shown(h) + "]"
		}
	}
	if body != "" {
		all += " {" + shown(body) + "}"
	}
	return all
}
