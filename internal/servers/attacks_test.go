//go:build servers

package servers_test

import (
	"fmt"
	"strings"
	"testing"
)

// attacks tries the requests of docs/attacks.md over the wire: bytes that an
// HTTP library would have put in order before they left.
func attacks(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	s.know(admitted(a, hospital), admitted(b, hospital))
	s.permit(visitor, a)
	secret := first(s.truth("/Observation?" + byID(b)))
	s.reached()
	own := "?" + byID(a)

	for _, c := range []struct {
		attack string
		target string // after the base
		want   []int
	}{
		{"attack 17", "/%50atient/" + b.LocalID, []int{403}},
		{"attack 17", "/Patient/" + percent(b.LocalID), []int{403}},
		{"attack 17", "/Patient%2F" + b.LocalID, []int{400}},
		{"attack 17", "/Patient%2f" + b.LocalID, []int{400}},
		{"attack 17", "/%2550atient/" + b.LocalID, []int{400}},
		{"attack 19", "/Observation/../Patient/" + b.LocalID, []int{400}},
		{"attack 19", "//Patient/" + b.LocalID, []int{400}},
		{"attack 19", "/./Patient/" + b.LocalID, []int{400}},
		{"attack 19", "/Patient/./" + b.LocalID, []int{400}},
		{"attack 19", "/Patient//" + b.LocalID, []int{400}},
		{"attack 19", "/Patient/" + b.LocalID + "/..", []int{400}},
		{"attack 20", "/Observation/..%2fPatient/" + b.LocalID, []int{400}},
		{"attack 20", "/Observation/%2e%2e/Patient/" + b.LocalID, []int{400}},
		{"attack 20", "/..%2f..%2ffhir/Patient/" + b.LocalID, []int{400}},
		{"attack 20", "/%2e%2e/%2e%2e/fhir/Patient/" + b.LocalID, []int{400}},
		{"attack 20", "/..%5cPatient/" + b.LocalID, []int{400}},
		{"attack 21", "/Observation%3Fpatient=" + b.LocalID, []int{400}},
		{"attack 21", "/Observation%3Fpatient=" + b.LocalID + own, []int{400}},
		{"attack 21", "/Observation%23" + own, []int{400}},
		{"attack 21", "/Observation;x=1" + own, []int{400}},
		{"attack 21", "/Observation%00" + own, []int{400}},
		{"attack 21", "/Observation%20" + own, []int{400}},
		{"attack 23", "/patient/" + b.LocalID, []int{400, 404}},
		{"attack 23", "/PATIENT/" + b.LocalID, []int{400, 404}},
		{"attack 23", "/Patient/" + b.LocalID + "//", []int{400, 404}},
		{"attack 23", "/Patient/" + b.LocalID + ".", []int{400, 404}},
		{"attack 23", "/P%D0%B0tient/" + b.LocalID, []int{400, 404}},
		{"attack 23", "/Observation//" + own, []int{400, 404}},
		{"attack 24", "/Patient/" + b.LocalID + "/_history/1", []int{403}},
		{"attack 24", "/Patient/" + b.LocalID + "/_history", []int{403}},
		{"attack 24", "/Patient/_history", []int{403}},
		{"attack 24", "/_history", []int{403}},
		{"attack 24", "/" + name(secret) + "/_history/1", []int{404}},
		{"attack 34", "/Observation?code=http://loinc.org%7C4548-4", []int{400, 403}},
		{"attack 34", "/Observation", []int{400, 403}},
		{"attack 35", "/Observation" + own + "&" + byID(b), []int{400}},
		{"attack 35", "/Observation" + own + "," + b.LocalID, []int{400, 403}},
		{"attack 37", "/Observation?subject=Patient/" + a.LocalID + ",Group/5", []int{400, 403}},
		{"attack 38", "/Observation" + own + "&subject=" + b.LocalID, []int{400}},
		{"attack 42", "/Observation" + own + "&_id:not=x", []int{400, 403}},
		{"attack 44", "/Observation" + own + "&performer:Practitioner.name=x", []int{400, 403}},
		{"attack 45", "/Patient?_id=" + a.LocalID + "&_has:Observation:patient:code=x", []int{400, 403}},
		{"attack 47", "/Observation" + own + "&_include=*", []int{400, 403}},
		{"attack 48", "/Observation" + own + "&_revinclude=List:item", []int{400, 403}},
		{"attack 49", "/Encounter" + own + "&_include:iterate=Encounter:location", []int{400, 403}},
		{"attack 51", "/Observation" + own + "&_filter=code%20eq%20x", []int{400, 403}},
		{"attack 52", "/Observation" + own + "&_summary=count", []int{400, 403}},
		{"attack 52", "/Observation" + own + "&_total=accurate", []int{400, 403}},
		{"attack 54", "/Observation" + own + "&_elements:exclude=subject", []int{400, 403}},
		{"attack 58", "/Observation?_lastUpdated=ge2000-01-01", []int{400, 403}},
		{"attack 58", "/Patient/" + b.LocalID + "?_lastUpdated=ge2000-01-01", []int{400, 403}},
		{"attack 61", "/Observation?Patient=" + a.LocalID, []int{400}},
		{"attack 62", "/Observation?patinet=" + a.LocalID, []int{400}},
		{"attack 65", "/Patient/" + a.LocalID + "/Observation?" + byID(b), []int{400}},
		{"attack 66", "/Practitioner/x/Observation", []int{400, 403}},
		{"attack 69", "/Observation/" + a.LocalID + "/$everything", []int{403}},
		{"attack 69", "/Patient/" + a.LocalID + "/%24everything", []int{400, 403}},
		{"attack 70", "/$everything", []int{403}},
		{"attack 72", "/$graphql?query=x", []int{403, 400}},
		{"attack 73", "/Observation/$lastn" + own, []int{403, 400}},
	} {
		got := s.raw(request("GET", path+c.target, s.token(visitor), ""))
		s.stopped(c.attack+": "+hide(c.target, a.LocalID, b.LocalID), got, 1, c.want...)
	}
	s.never(b.LocalID, secret)
	methods(t, s, a.LocalID, b.LocalID)
	smuggling(t, s, a.LocalID, b.LocalID)
	s.never(b.LocalID, secret)
}

// methods are attacks 26, 27 and 30: nothing changes the source, whatever word
// says so, and a GET has no body.
func methods(t *testing.T, s *stand, a, b string) {
	t.Helper()
	tok := s.token(visitor)
	for _, method := range []string{"PUT", "PATCH", "DELETE"} {
		s.stopped("attack 27: "+method, s.raw(request(method, path+"/Patient/"+a, tok, "")), 1, 405, 403)
	}
	for _, method := range []string{"TRACE", "CONNECT", "OPTIONS", "SEARCH", "get"} {
		s.stopped("attack 27: "+method, s.raw(request(method, path+"/Patient/"+a, tok, "")), 1, 400, 403, 405, 501)
	}
	s.stopped("attack 26", s.raw(request("GET", path+"/Patient/"+a, tok, "", "X-HTTP-Method-Override: DELETE")), 1, 400)
	s.stopped("attack 26", s.raw(request("GET", path+"/Patient/"+a+"?_method=DELETE", tok, "")), 1, 400)
	s.stopped("attack 30", s.raw(request("GET", path+"/Observation?patient="+a, tok, "patient="+b)), 1, 400)
	s.stopped("attack 14", s.raw(request("GET", path+"/Observation?patient="+a+"&access_token="+tok, "", "")), 1, 401)
	form := "Content-Type: application/x-www-form-urlencoded"
	s.stopped("attack 63", s.raw(request("POST", path+"/Observation/_search?patient="+a, tok, "patient="+b, form)), 1, 400)
	json := "Content-Type: application/fhir+json"
	s.stopped("attack 141", s.raw(request("POST", path+"/Observation/_search", tok, `{"resourceType":"Observation"}`, json)), 1, 415, 403)
	s.stopped("attack 27", s.raw(request("POST", path+"/Observation", tok, `{"resourceType":"Observation"}`, json)), 1, 405, 403)
	transaction := `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"GET","url":"Patient/` + b + `"}}]}`
	s.stopped("attack 142", s.raw(request("POST", path, tok, transaction, json)), 1, 403, 405)
	conditional := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/` + b + `","ifNoneMatch":"x"}}]}`
	s.stopped("attack 77", s.raw(request("POST", path, tok, conditional, json)), 1, 400)
	s.stopped("two tokens", s.raw(request("GET", path+"/Patient/"+a, tok, "", "Authorization: Bearer "+s.token(stranger))), 1, 401)
}

// smuggling is attack 33: what two servers could take for different requests.
// Whatever Go's server makes of it, each request that it sees is judged and
// recorded like any, and none is taken along to the source.
func smuggling(t *testing.T, s *stand, a, b string) {
	t.Helper()
	tok := s.token(visitor)
	hidden := "GET " + path + "/Patient/" + b + " HTTP/1.1\r\nHost: x\r\n\r\n"
	post := "POST " + path + "/Observation/_search HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + tok +
		"\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for what, text := range map[string]string{
		"CL.TE":         post + fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n%s", 5+len(hidden), hidden),
		"TE.CL":         post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk("patient="+b) + "0\r\n\r\n",
		"two CL":        post + "Content-Length: 4\r\nContent-Length: 40\r\nConnection: close\r\n\r\npatient=" + b,
		"odd TE":        post + "Transfer-Encoding: xchunked\r\nConnection: close\r\n\r\n" + chunk("patient="+b) + "0\r\n\r\n",
		"two TE":        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nConnection: close\r\n\r\n" + chunk("patient="+b) + "0\r\n\r\n",
		"space":         post + "Transfer-Encoding : chunked\r\nConnection: close\r\n\r\n" + chunk("patient="+b) + "0\r\n\r\n",
		"folded header": "GET " + path + "/Patient/" + b + " HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\nAuthorization: Bearer " + tok + "\r\nConnection: close\r\n\r\n",
		"bare LF":       "GET " + path + "/Patient/" + b + " HTTP/1.1\nHost: x\nAuthorization: Bearer " + tok + "\nConnection: close\n\n",
		"no host":       "GET " + path + "/Patient/" + b + " HTTP/1.1\r\nAuthorization: Bearer " + tok + "\r\nConnection: close\r\n\r\n",
		"two hosts":     "GET " + path + "/Patient/" + b + " HTTP/1.1\r\nHost: x\r\nHost: y\r\nAuthorization: Bearer " + tok + "\r\nConnection: close\r\n\r\n",
		"absolute": "GET " + s.hapi + "/Patient/" + b + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + tok +
			"\r\nConnection: close\r\n\r\n",
		"GET with chunks": "GET " + path + "/Observation?patient=" + a + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + tok +
			"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk("patient="+b) + "0\r\n\r\n",
	} {
		got := s.raw(text)
		if len(got) == 0 {
			t.Errorf("attack 33: %s: no answer", what)
		}
		s.stopped("attack 33: "+what, got, len(got), 400, 401, 403, 404, 501)
	}
	// Hop-by-hop headers of the client end here.
	ok := s.raw(request("GET", path+"/Observation?_count=1&patient="+a, tok, "", "Connection: X-Internal, close", "X-Internal: 1", "TE: trailers"))
	if len(ok) != 1 || ok[0].status != 200 {
		t.Errorf("attack 33: an honest request with hop-by-hop headers: %d answers", len(ok))
	}
}

// request writes one request as it is to leave; the server closes after it.
func request(method, target, token, body string, header ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: broker.example\r\n", method, target)
	if token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", token)
	}
	for _, h := range header {
		b.WriteString(h + "\r\n")
	}
	if !strings.Contains(strings.Join(header, "\n"), "Connection:") {
		b.WriteString("Connection: close\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return b.String() + "\r\n" + body
}

func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }

// percent encodes every byte.
func percent(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}

func hide(text string, ids ...string) string {
	for i, id := range ids {
		text = strings.ReplaceAll(text, id, string(rune('A'+i)))
	}
	return text
}

// stopped: so many answers, each with one of the wanted statuses.
func (s *stand) stopped(what string, got []answer, answers int, want ...int) {
	s.t.Helper()
	if len(got) != answers {
		s.t.Errorf("%s: %d answers, want %d", what, len(got), answers)
	}
	for _, a := range got {
		ok := false
		for _, status := range want {
			ok = ok || a.status == status
		}
		if !ok {
			s.t.Errorf("%s: answered %d %s, want %v", what, a.status, reason(a), want)
		}
	}
}

// never: nothing of patient B left, and the source was asked about B only to
// find out whose something is.
func (s *stand) never(b string, secret map[string]any) {
	s.t.Helper()
	for _, a := range s.answers {
		if strings.Contains(string(a.body), fmt.Sprint(secret["id"])) || strings.Contains(string(a.body), s.patients[1].Name) {
			s.t.Errorf("%s: something of patient B left", a.asked)
		}
	}
	for _, target := range s.reached() {
		if strings.Contains(target, b) && target != "/fhir/Patient/"+b {
			s.t.Errorf("the source was asked for more than whose something is: %s", hide(target, b))
		}
	}
}
