package hostile

import (
	"io"
	"net/http"
	"strings"
)

// links are next links to where no next page is. The further page that this server has
// is B's.
var links = []Behaviour{
	next("b", "{base}/Patient/b"),
	next("page-of-b", "{base}?_getpages=b"),
	next("search-of-b", "{base}/Observation?patient=b"),
	next("loop", "{base}?_getpages=loop"),
	next("everything-of-b", "{base}/Patient/b/$everything"),
	next("elsewhere", "https://elsewhere.example/fhir?_getpages=b"),
	next("metadata", "http://169.254.169.254/latest/meta-data/"),
	next("file", "file:///etc/passwd"),
	next("script", "javascript:alert(1)"),
	next("data", "data:application/fhir+json,{B}"),
	next("host", "//elsewhere.example/fhir?_getpages=b"),
	next("user", "http://user:{B}@127.0.0.1/fhir?_getpages=b"),
	next("port", "http://127.0.0.1:1/fhir?_getpages=b"),
	next("fragment", "{base}?_getpages=b#{B}"),
	next("upwards", "{base}/../fhir?_getpages=b"),
	next("upwards-encoded", "{base}/%2e%2e/admin?_getpages=b"),
	next("matrix", "{base};x?_getpages=b"),
	next("relative", "?_getpages=b"),
	next("blank", " {base}?_getpages=b"),
	next("lines", `{base}?_getpages=b\r\nX-B: {B}`),
	next("nul", `{base}?_getpages=b\u0000`),
	next("backslash", `http:\\\\elsewhere.example\\fhir?_getpages=b`),
	next("other-script", `http://`+"\uff11\uff12\uff17"+`.0.0.1/fhir?_getpages=b`),
	next("gopher", "gopher://127.0.0.1:70/_{B}"),
	next("unix", "unix:///run/docker.sock"),
	next("nothing", ""),
	{"next-long", "a next link of a megabyte", func(x *ask) { x.send(http.StatusOK, x.linked(x.base+"?_getpages=b&x="+strings.Repeat(B, 60_000))) }},
	{"next-number", "a number for a next link", body(`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":1}],"entry":[{"resource":{a}},{"resource":{b}}]}`)},
	{"next-array", "an array for a next link", body(`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":["{base}?_getpages=b"]}],"entry":[{"resource":{a}},{"resource":{b}}]}`)},
	{"next-two", "two next links", body(`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"{base}?_getpages=b"},{"relation":"next","url":"{base}?_getpages=loop"}],"entry":[{"resource":{a}},{"resource":{b}}]}`)},
	{"next-object", "an object for the links", body(`{"resourceType":"Bundle","type":"searchset","link":{"relation":"next","url":"{base}?_getpages=b"},"entry":[{"resource":{a}},{"resource":{b}}]}`)},
	{"next-escaped", "a next link in an escaped name", body(`{"resourceType":"Bundle","type":"searchset","link":[{"rel\u0061tion":"next","url":"{base}?_getpages=b"}],"entry":[{"resource":{a}},{"resource":{b}}]}`)},
	{"next-in-head", "a next link in the head alone", wire(func(x *ask, c io.Writer) {
		_, _ = io.WriteString(c, x.fill("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nLink: <{base}?_getpages=b&{B}>; rel=\"next\"\r\n\r\n")+x.beside())
	})},
}

// next answers with a page of A's, and a link to the next.
func next(name, address string) Behaviour {
	return Behaviour{"next-" + name, "a next link to " + strings.NewReplacer("{base}", "<base>", "{B}", "B", `\r\n`, "<lines>").Replace(address), func(x *ask) {
		x.send(http.StatusOK, x.linked(x.fill(address)))
	}}
}
