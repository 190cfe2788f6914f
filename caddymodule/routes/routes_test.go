package routes_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/google/go-cmp/cmp"

	_ "github.com/mycarerecord/mcr/caddymodule" // the directives
	"github.com/mycarerecord/mcr/caddymodule/routes"
)

// A site whose one source is at 127.0.0.1:18101. What stands at {global}, {top}, {site},
// {before}, {broker}, {behind} and {other} is a test's.
const whole = `{
	auto_https off
	servers {
		listener_wrappers {
			broker
		}
	}
	{global}
}
{top}
http://127.0.0.1:8080 {
	{site}
	handle /fhir* {
		{before}
		broker acute {
			base_url http://127.0.0.1:18101/fhir{also}
			{broker}
		}
		{behind}
	}
	handle /status {
		respond 204
	}
	respond 404
}
{other}
`

// put writes a Caddyfile of whole.
func put(parts map[string]string) string {
	text := whole
	for _, name := range []string{"global", "top", "site", "before", "also", "broker", "behind", "other"} {
		text = strings.ReplaceAll(text, "{"+name+"}", parts[name])
	}
	return text
}

func adapt(t *testing.T, caddyfile string) []byte {
	t.Helper()
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatalf("%v\n%s", err, caddyfile)
	}
	return config
}

// faults gives all that is wrong with a configuration, in the folder that data is in.
func faults(t *testing.T, config []byte, data string) []*routes.Fault {
	t.Helper()
	var parsed struct {
		Apps map[string]json.RawMessage `json:"apps"`
	}
	if err := json.Unmarshal(config, &parsed); err != nil {
		t.Fatal(err)
	}
	c := routes.Configuration{
		HTTP: parsed.Apps["http"], Others: map[string][]byte{"tls": []byte("{}")}, Guarded: []string{"gp"}, Kept: []string{data}, Variables: []string{"MCR_SECRET"},
		Declared: func(source string) string {
			return map[string]string{"acute": "http://127.0.0.1:18101/fhir", "gp": "https://127.0.0.1:18102/R4"}[source]
		},
	}
	if tls := parsed.Apps["tls"]; tls != nil {
		c.Others["tls"] = tls
	}
	var all []*routes.Fault
	for _, err := range c.Check() {
		var f *routes.Fault
		if !errors.As(err, &f) {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

const (
	pastAcute = "leads to 127.0.0.1:18101, the source acute, past its broker"
	takeAway  = "a broker asks it, and nothing else may: take it away"
	ownHandle = "a handle block of its own"
	elsewhere = "run another Caddy for it"
	ownFolder = "give pages a folder of their own"
)

// By-passes, each with what is told of it and what to do instead, in the words of a Caddyfile;
// the same JSON by hand is judged alike, since that is what is looked at.
var bypasses = map[string]struct {
	parts           map[string]string
	problem, remedy string
}{
	"a proxy beside the broker":           {map[string]string{"site": "handle /raw* {\n reverse_proxy 127.0.0.1:18101\n }"}, pastAcute, takeAway},
	"by another name of this machine":     {map[string]string{"site": "handle /raw* {\n reverse_proxy localhost:18101\n }"}, "leads to localhost:18101, the source acute", takeAway},
	"by no name":                          {map[string]string{"site": "handle /raw* {\n reverse_proxy :18101\n }"}, "leads to :18101, the source acute", takeAway},
	"by an IPv6 address":                  {map[string]string{"site": "handle /raw* {\n reverse_proxy [::1]:18101\n }"}, "leads to [::1]:18101, the source acute", takeAway},
	"by a URL":                            {map[string]string{"site": "handle /raw* {\n reverse_proxy http://127.0.0.1:18101\n }"}, pastAcute, takeAway},
	"the second of a pool":                {map[string]string{"site": "handle /raw* {\n reverse_proxy pages.invalid:80 127.0.0.1:18101\n }"}, pastAcute, takeAway},
	"for some paths, in a route":          {map[string]string{"before": "route {\n reverse_proxy /fhir/x* 127.0.0.1:18101\n }"}, pastAcute, takeAway},
	"for some paths, before the broker":   {map[string]string{"before": "reverse_proxy /fhir/x* 127.0.0.1:18101"}, "stands behind the broker of acute, which asks the source itself", "write instead of both:"},
	"before a broker in its route":        {map[string]string{"site": "route /gp* {\n reverse_proxy 127.0.0.1:18102\n broker gp\n }"}, "the source gp, past its broker", takeAway},
	"before a broker, to anywhere":        {map[string]string{"site": "route /gp* {\n reverse_proxy /x* pages.invalid:80\n broker gp\n }"}, "reverse_proxy stands before the broker", ownHandle},
	"on an error":                         {map[string]string{"site": "handle_errors {\n reverse_proxy 127.0.0.1:18101\n }"}, pastAcute, takeAway},
	"in a snippet":                        {map[string]string{"top": "(raw) {\n reverse_proxy /raw* 127.0.0.1:18101\n}", "site": "import raw"}, pastAcute, takeAway},
	"in a named route":                    {map[string]string{"top": "&(raw) {\n reverse_proxy 127.0.0.1:18101\n}", "site": "handle /raw* {\n invoke raw\n }"}, pastAcute, takeAway},
	"at another port of this process":     {map[string]string{"other": "http://127.0.0.1:8081 {\n reverse_proxy 127.0.0.1:18101\n}"}, pastAcute, takeAway},
	"at another site":                     {map[string]string{"other": "http://other.example:8080 {\n reverse_proxy 127.0.0.1:18101\n}"}, pastAcute, takeAway},
	"to another port of its host":         {map[string]string{"also": " http://192.0.2.7:18101/fhir", "site": "reverse_proxy /raw* 192.0.2.7:8443"}, "leads to 192.0.2.7:8443, the source acute", takeAway},
	"to a source of the folder":           {map[string]string{"site": "reverse_proxy /gp* 127.0.0.1:18102"}, "the source gp", takeAway},
	"to the second address":               {map[string]string{"also": " http://127.0.0.1:18103/fhir", "site": "reverse_proxy /raw* 127.0.0.1:18103"}, "the source acute", takeAway},
	"to the source's socket":              {map[string]string{"broker": "socket /run/acute.sock", "site": "reverse_proxy /raw* unix//run/../run/acute.sock"}, "the source acute", takeAway},
	"where the client says":               {map[string]string{"site": "handle /raw* {\n reverse_proxy {header.X-To}\n }"}, "known only while it runs", "write the address out"},
	"found out while it runs":             {map[string]string{"site": "handle /raw* {\n reverse_proxy {\n dynamic a localhost 18101\n }\n }"}, "finds out where it leads while it runs", "write its upstreams out"},
	"by a name server of its own":         {map[string]string{"site": "handle /raw* {\n reverse_proxy pages.invalid:18101 {\n transport http {\n resolvers 192.0.2.1\n }\n }\n }"}, "asks name servers of its own", "take resolvers away"},
	"by way of the source as a proxy":     {map[string]string{"site": "handle /raw* {\n reverse_proxy pages.invalid:80 {\n transport http {\n network_proxy url http://127.0.0.1:18101\n }\n }\n }"}, "goes by way of another proxy and leads to http://127.0.0.1:18101, the source acute", takeAway},
	"after another's answer":              {map[string]string{"site": "handle /raw* {\n reverse_proxy pages.invalid:80 {\n handle_response {\n reverse_proxy 127.0.0.1:18101\n }\n }\n }"}, pastAcute, takeAway},
	"a health check of it":                {map[string]string{"site": "handle /raw* {\n reverse_proxy 127.0.0.1:80 {\n health_uri /fhir/Patient/p1\n health_port 18101\n }\n }"}, "asks for health and leads to 127.0.0.1:18101", takeAway},
	"forward_auth":                        {map[string]string{"site": "handle /raw* {\n forward_auth 127.0.0.1:18101 {\n uri /fhir/Patient/p1\n }\n respond ok\n }"}, pastAcute, takeAway},
	"FastCGI":                             {map[string]string{"site": "handle /raw* {\n root * /srv/pages\n php_fastcgi 127.0.0.1:18101\n }"}, pastAcute, takeAway},
	"what takes the broker's answers":     {map[string]string{"before": "intercept {\n @no status 403\n handle_response @no {\n reverse_proxy 127.0.0.1:18101\n }\n }"}, pastAcute, takeAway},
	"what takes the place of refusals":    {map[string]string{"before": "intercept {\n @no status 403\n handle_response @no {\n respond ok\n }\n }"}, "intercept stands before the broker", ownHandle},
	"a rewrite":                           {map[string]string{"site": "rewrite /fhir/x* /fhir/Patient/p1"}, "rewrite stands before the broker", ownHandle},
	"handle_path":                         {map[string]string{"site": "handle_path /gp* {\n broker gp\n }"}, "rewrite stands before the broker", "leave /gp in the path: write handle instead of handle_path"},
	"handle_path around a handle":         {map[string]string{"site": "handle_path /app* {\n handle /gp* {\n broker gp\n }\n }"}, "rewrite stands before the broker", "leave /app in the path: write handle instead of handle_path"},
	"handle_path around a named broker":   {map[string]string{"top": "&(b) {\n broker gp\n}", "site": "handle_path /gp* {\n invoke b\n }"}, "rewrite stands before the broker", "write handle instead of handle_path"},
	"handle_path around a proxy":          {map[string]string{"site": "handle_path /raw* {\n reverse_proxy 127.0.0.1:18101\n }"}, pastAcute, takeAway},
	"handle_path around the data folder":  {map[string]string{"site": "handle_path /pages* {\n root * {data}\n file_server\n }"}, "with it what the broker keeps in", ownFolder},
	"a prefix taken away for some":        {map[string]string{"site": "uri /fhir/x* strip_prefix /fhir"}, "rewrite stands before the broker", "leave /fhir in the path: write handle instead of handle_path"},
	"a rewrite, then a named broker":      {map[string]string{"top": "&(b) {\n broker gp\n}", "site": "handle /b* {\n rewrite * /fhir/Patient/p1\n invoke b\n }"}, "rewrite stands before the broker", ownHandle},
	"answers that may be kept after all":  {map[string]string{"site": "header >Cache-Control \"no-store, must-understand\""}, "headers stands before the broker", ownHandle},
	"another's token":                     {map[string]string{"site": "request_header Authorization secret"}, "headers stands before the broker", ownHandle},
	"another body":                        {map[string]string{"before": "request_body {\n set x\n }"}, "request_body stands before the broker", ownHandle},
	"another client in the trail":         {map[string]string{"site": "vars client_ip 192.0.2.1"}, "vars stands before the broker", ownHandle},
	"answers that may be kept":            {map[string]string{"site": "header >Cache-Control \"public, max-age=600\""}, "headers stands before the broker", ownHandle},
	"answers for every page":              {map[string]string{"site": "header Access-Control-Allow-Origin *"}, "headers stands before the broker", ownHandle},
	"answers for every page, afterwards":  {map[string]string{"site": "header {\n -Server\n Access-Control-Allow-Origin *\n }"}, "headers stands before the broker", ownHandle},
	"a template for lists of files":       {map[string]string{"site": "handle /pages* {\n root * /srv/pages\n file_server {\n browse /srv/list.html\n }\n }"}, "can read files and secrets", "write browse alone"},
	"a broker behind another":             {map[string]string{"behind": "broker gp"}, "stands behind another, which has answered already", ownHandle},
	"templates":                           {map[string]string{"site": "handle /pages* {\n root * /srv/pages\n templates\n file_server\n }"}, "templates can read files and secrets", elsewhere},
	"tracing":                             {map[string]string{"site": "tracing {\n span x\n }"}, "tracing sends the address of each request", elsewhere},
	"a certificate authority":             {map[string]string{"site": "acme_server /acme*"}, "acme_server asks whatever server a client names", elsewhere},
	"the data folder":                     {map[string]string{"site": "handle /pages* {\n root * {data}\n file_server\n }"}, "with it what the broker keeps in", ownFolder},
	"the folder above it":                 {map[string]string{"site": "handle /pages* {\n file_server {\n root {data}/..\n }\n }"}, "with it what the broker keeps in", ownFolder},
	"the keys within it":                  {map[string]string{"site": "handle /pages* {\n root * {data}/keys\n file_server browse\n }"}, "with it what the broker keeps in", ownFolder},
	"a link to it":                        {map[string]string{"site": "handle /pages* {\n root * {link}\n file_server\n }"}, "with it what the broker keeps in", ownFolder},
	"a link within a folder":              {map[string]string{"site": "handle /pages* {\n root * {pages}\n file_server\n }"}, "a link to what the broker keeps in", "take the link away"},
	"a folder that the client names":      {map[string]string{"site": "handle /pages* {\n root * /srv/{query.of}\n file_server\n }"}, "known only while it runs", "write it out"},
	"a key in an answer":                  {map[string]string{"site": "respond /key {file.{data}/keys/hmac}"}, "which the broker keeps", "away"},
	"a secret in an answer":               {map[string]string{"site": "respond /key \"is {env.MCR_SECRET}\""}, "holds the variable MCR_SECRET, from which the broker takes a secret", "take {env.MCR_SECRET} away"},
	"a secret in a header":                {map[string]string{"site": "handle /x* {\n header X-Key {env.MCR_SECRET}\n respond 204\n }"}, "holds the variable MCR_SECRET", "away"},
	"a secret in a header's name":         {map[string]string{"site": "handle /x* {\n header {env.MCR_SECRET} x\n respond 204\n }"}, "holds the variable MCR_SECRET", "away"},
	"a secret in a status":                {map[string]string{"site": "respond /x {env.MCR_SECRET}"}, "holds the variable MCR_SECRET", "away"},
	"a secret in where one is sent":       {map[string]string{"site": "redir /x /y?{env.MCR_SECRET}"}, "holds the variable MCR_SECRET", "away"},
	"a secret in an error":                {map[string]string{"site": "error /x {env.MCR_SECRET} 400"}, "holds the variable MCR_SECRET", "away"},
	"a secret when an error is answered":  {map[string]string{"site": "handle_errors {\n respond {env.MCR_SECRET}\n }"}, "holds the variable MCR_SECRET", "away"},
	"a secret by way of a variable":       {map[string]string{"site": "handle /x* {\n vars key {env.MCR_SECRET}\n respond {vars.key}\n }"}, "vars holds the variable MCR_SECRET", "away"},
	"a secret by way of a map":            {map[string]string{"site": "handle /x* {\n map {path} {key} {\n default {env.MCR_SECRET}\n }\n respond {key}\n }"}, "map holds the variable MCR_SECRET", "away"},
	"a secret by way of the request":      {map[string]string{"site": "handle /x* {\n request_header X-Key {env.MCR_SECRET}\n respond {header.X-Key}\n }"}, "headers holds the variable MCR_SECRET", "away"},
	"a secret by way of the path":         {map[string]string{"site": "handle /x* {\n rewrite * /{env.MCR_SECRET}\n respond {path}\n }"}, "rewrite holds the variable MCR_SECRET", "away"},
	"a secret by way of a pattern":        {map[string]string{"site": "@is vars_regexp key {env.MCR_SECRET} (.+)\n respond @is {re.key.1}"}, "a matcher holds the variable MCR_SECRET", "away"},
	"a secret by way of another server":   {map[string]string{"site": "handle /x* {\n reverse_proxy pages.invalid:80 {\n header_up X-Key {env.MCR_SECRET}\n }\n }"}, "reverse_proxy holds the variable MCR_SECRET", "away"},
	"a secret in another server's answer": {map[string]string{"site": "handle /x* {\n reverse_proxy pages.invalid:80 {\n handle_response {\n respond {env.MCR_SECRET}\n }\n }\n }"}, "static_response holds the variable MCR_SECRET", "away"},
	"a secret at another site":            {map[string]string{"other": "http://127.0.0.1:8081 {\n respond {env.MCR_SECRET}\n}"}, "holds the variable MCR_SECRET", "away"},
	"a secret in a named route":           {map[string]string{"top": "&(key) {\n respond {env.MCR_SECRET}\n}", "site": "handle /x* {\n invoke key\n }"}, "holds the variable MCR_SECRET", "away"},
	"any variable in an answer":           {map[string]string{"site": "respond /x {env.HOME}"}, "could answer with {env.HOME}", "write {$HOME}"},
	"any variable in a header":            {map[string]string{"site": "handle /x* {\n reverse_proxy pages.invalid:80 {\n header_down X-Key {env.HOME}\n }\n }"}, "could answer with {env.HOME}", "write {$HOME}"},
	"any file in an answer":               {map[string]string{"site": "respond /x {file./etc/motd}"}, "could answer with {file./etc/motd}", "write the text itself"},
	"metrics where clients ask":           {map[string]string{"site": "metrics /metrics"}, "metrics stands on the server of a broker", "give metrics an address of their own"},
	"metrics at another host there":       {map[string]string{"other": "http://metrics.example:8080 {\n basic_auth {\n a $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG\n }\n metrics\n}"}, "metrics stands on the server of a broker", "give metrics an address of their own"},
	"metrics of a named route":            {map[string]string{"top": "&(m) {\n metrics\n}", "site": "handle /x {\n invoke m\n }"}, "metrics stands on the server of a broker", "give metrics an address of their own"},
	"metrics where tokens are revoked":    {map[string]string{"other": "http://127.0.0.1:8081 {\n handle /revoke {\n broker_revoke\n }\n metrics /metrics\n}"}, "metrics stands on the server of a broker", "give metrics an address of their own"},
	"metrics where a collector is":        {map[string]string{"other": "http://127.0.0.1:8081 {\n handle /region/* {\n collector {\n brokers http://127.0.0.1:8080/{source}/fhir\n }\n }\n metrics /metrics\n}"}, "metrics stands on the server of a broker", "give metrics an address of their own"},
	"a certificate that the source would give": {map[string]string{"global": "cert_issuer internal", "other": "https://pages.example:8443 {\n tls {\n get_certificate http http://127.0.0.1:18101/fhir\n }\n respond ok\n}"},
		"leads to http://127.0.0.1:18101/fhir, the source acute", takeAway},
}

func TestEveryByPassIsAFault(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(data, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "pages")
	if err := os.Symlink(data, link); err != nil {
		t.Fatal(err)
	}
	pages := t.TempDir()
	if err := os.Symlink(data, filepath.Join(pages, "x")); err != nil {
		t.Fatal(err)
	}
	named := strings.NewReplacer("{data}", data, "{link}", link, "{pages}", pages)
	if all := faults(t, adapt(t, put(nil)), data); len(all) > 0 {
		t.Fatalf("as it is: %v", all)
	}
	for name, c := range bypasses {
		t.Run(name, func(t *testing.T) {
			all := faults(t, adapt(t, named.Replace(put(c.parts))), data)
			if !slices.ContainsFunc(all, func(f *routes.Fault) bool {
				return strings.Contains(f.Error(), c.problem) && strings.Contains(f.Remedy, c.remedy) && f.Server != ""
			}) {
				t.Errorf("want %q; %q\n%v", c.problem, c.remedy, all)
			}
		})
	}
}

// What a Caddyfile cannot say, JSON can.
func TestWhatOnlyJSONCanSay(t *testing.T) {
	config := string(adapt(t, put(nil)))
	const status = `{"handler":"static_response","status_code":204}`
	if !strings.Contains(config, status) {
		t.Fatalf("%s is not in it: %s", status, config)
	}
	for handler, want := range map[string]string{
		`{"handler":"exec","command":"curl"}`: "exec is not known",
		`{"handler":"push"}`:                  "push makes requests of its own",
		`{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:18101"}],"transport":{"protocol":"fastcgi"}}`:                                                                       pastAcute,
		`{"handler":"reverse_proxy","upstreams":[{"dial":"pages.invalid:1"}],"transport":{"protocol":"mine"}}`:                                                                          "a transport that is not known here: mine",
		`{"handler":"reverse_proxy","upstreams":[{"dial":"pages.invalid:1"}],"transport":{"protocol":"http","network_proxy":{"from":"mine"}}}`:                                          "a proxy that is not known here",
		`{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:18100-18102"}]}`:                                                                                                    "the source acute",
		`{"handler":"reverse_proxy","upstreams":[{"dial":"pages.invalid:1"}],"health_checks":{"active":{"upstream":"127.0.0.1:18101"}}}`:                                                "asks for health and " + pastAcute,
		`{"handler":"reverse_proxy","upstreams":[{"dial":"pages.invalid:1"}],"transport":{"protocol":"http","forward_proxy_url":"http://{http.request.header.x}"}}`:                     "known only while it runs",
		`{"handler":"subroute","routes":[{"handle":[{"handler":"subroute","errors":{"routes":[{"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:18101"}]}]}]}}]}]}`: pastAcute,
		`{"handler":"file_server","fs":"mine"}`:                                     "hands out files of mine",
		`{"handler":"file_server","root":"/"}`:                                      "with it what the broker keeps in",
		`{"handler":"invoke","name":"nowhere"}`:                                     "",
		`{"handler":"reverse_proxy","Upstreams":[{"Dial":"127.0.0.1:18101"}]}`:      "Upstreams is written otherwise than Caddy does; write upstreams",
		`{"handler":"reverse_proxy","up\u017ftreams":[{"dial":"127.0.0.1:18101"}]}`: "write upstreams",
		`{"handler":"subroute","Routes":[]}`:                                        "write routes",
		`{"handler":"headers","response":{"set":{"Source":["x"],"Path":["x"]}}}`:    "",
		`{"handler":"vars","Root":"x"}`:                                             "",
	} {
		var all []string
		for _, f := range faults(t, []byte(strings.ReplaceAll(config, status, handler)), t.TempDir()) {
			all = append(all, f.Error())
		}
		if text := strings.Join(all, "\n"); !strings.Contains(text, want) || (want == "") != (text == "") {
			t.Errorf("%s: want %q, got %q", handler, want, text)
		}
	}
	unguarded := strings.ReplaceAll(config, `{"wrapper":"broker"}`, `{"wrapper":"tls"}`)
	if all := faults(t, []byte(unguarded), t.TempDir()); len(all) != 1 || !strings.Contains(all[0].Error(), "listener_wrappers") {
		t.Errorf("without the guard: %v", all)
	}
}

// What is none of these is nobody's business.
func TestAnOperatorsOwnPagesStay(t *testing.T) {
	pages := t.TempDir()
	all := faults(t, adapt(t, put(map[string]string{
		"site": "encode\n broker_health\n header X-Served-By broker\n header {\n Cache-Control \"no-store, max-age=0\"\n -Server\n }\n header Strict-Transport-Security max-age=31536000\n request_body {\n max_size 1MB\n }\n" +
			"handle /app* {\n rewrite * /x\n reverse_proxy 127.0.0.1:18109 pages.invalid:18101 unix//run/app.sock\n }\n" +
			"handle /pages* {\n basic_auth {\n a $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG\n }\n root * " + pages + "\n file_server\n }\n" +
			"handle_path /other* {\n root * " + pages + "\n file_server\n }\n" +
			"handle /key* {\n reverse_proxy pages.invalid:80 {\n header_up X-Key {env.PAGES_KEY}\n }\n }\n @ours vars {env.STAGE} live\n respond @ours {http.request.uuid}\n" +
			"handle_path /ping* {\n respond 204\n }\n redir /old /new\n handle /region* {\n collector {\n brokers http://127.0.0.1:18101/{source}/broker/fhir\n }\n }\n respond /ping 204\n handle_errors {\n respond {err.status_code}\n }",
		"broker": "transport {\n dial_timeout 1s\n }",
		"other":  "http://127.0.0.1:8088 {\n bind 127.0.0.1 [::1] unix//run/mcr/site.sock\n metrics /metrics\n handle /region* {\n collector {\n brokers http://127.0.0.1:18101/{source}/broker/fhir\n }\n }\n}\nhttp://127.0.0.1:9180 {\n metrics /metrics\n}\nhttp://127.0.0.1:8082 {\n reverse_proxy 127.0.0.1:8080\n}",
	})), t.TempDir())
	if len(all) > 0 {
		t.Error(all)
	}
}

// The form of earlier versions is refused with the new one written out, which says the same
// when it is pasted there.
func TestTheOldFormIsRefusedWithTheNewOne(t *testing.T) {
	for name, c := range map[string]struct{ old, says string }{
		"as short as can be": {"broker acute\n reverse_proxy 127.0.0.1:18101", "broker acute {\n}"},
		"another address":    {"broker acute\n reverse_proxy 127.0.0.2:80", "broker acute {\n\tbase_url http://127.0.0.2:80/fhir\n}"},
		"all that there is": {`broker gp {
			path /gp
			base_url https://127.0.0.1:18102/R4
			public_url https://broker.example/gp
			smart {
				authorization_endpoint https://issuer.example/authorize
				token_endpoint https://issuer.example/token
				scopes openid profile
			}
			cors {
				origin https://app.example https://b.example
			}
		}
		reverse_proxy 127.0.0.1:18102 127.0.0.1:18103 {
			lb_policy first
			health_uri /R4/metadata
			health_interval 20s
			fail_duration 30s
			header_up X-Key {env.KEY}
			transport http {
				dial_timeout 2s
				response_header_timeout 1m30s
				read_timeout 5s
				tls_client_auth "/etc/the broker.pem" /etc/broker-key.pem
				tls_trust_pool file /etc/ca.pem
				tls_server_name ehr.internal
				tls_timeout 4s
				keepalive 45s
				keepalive_idle_conns_per_host 64
				versions 1.1
				max_response_header 64KiB
				network_proxy url http://proxy.internal:3128
				compression off
			}
		}`, `broker gp {
	path /gp
	base_url https://127.0.0.1:18102/R4 https://127.0.0.1:18103/R4
	public_url https://broker.example/gp
	health_uri /R4/metadata
	health_interval 20s
	fail_duration 30s
	transport {
		dial_timeout 2s
		response_header_timeout 1m30s
		read_timeout 5s
		max_response_header 64000
		versions 1.1
		keepalive 45s
		keepalive_idle_conns_per_host 64
		network_proxy url http://proxy.internal:3128
		tls_client_auth "/etc/the broker.pem" /etc/broker-key.pem
		tls_timeout 4s
		tls_server_name ehr.internal
		tls_trust_pool file /etc/ca.pem
	}
	smart {
		authorization_endpoint https://issuer.example/authorize
		scopes openid profile
		token_endpoint https://issuer.example/token
	}
	cors {
		origin https://app.example https://b.example
	}
}
# Left out, since the broker has no such thing: headers, load_balancing (docs/operating.md).`},
	} {
		t.Run(name, func(t *testing.T) {
			old := strings.NewReplacer("64KiB", "64kB").Replace(c.old)
			all := faults(t, adapt(t, put(map[string]string{"site": "handle /gp* {\n" + old + "\n}"})), t.TempDir())
			if len(all) != 1 || all[0].Handler != "reverse_proxy" || !strings.Contains(all[0].Problem, "which asks the source itself") {
				t.Fatal(all)
			}
			_, form, _ := strings.Cut(all[0].Remedy, "write instead of both:\n")
			if diff := cmp.Diff(c.says, form); diff != "" {
				t.Error(diff)
			}
			pasted := adapt(t, put(map[string]string{"site": "handle /gp* {\n" + form + "\n}"}))
			if all := faults(t, pasted, t.TempDir()); len(all) > 0 {
				t.Errorf("pasted: %v", all)
			}
			if transport := transportOf(t, adapt(t, put(map[string]string{"site": "handle /gp* {\n" + old + "\n}"})), "reverse_proxy"); transport != nil {
				delete(transport, "protocol")
				delete(transport, "compression")
				if diff := cmp.Diff(transport, transportOf(t, pasted, "broker")); diff != "" {
					t.Errorf("what is pasted says something else: %s", diff)
				}
			}
		})
	}
}

// transportOf finds the transport of the one handler that has one.
func transportOf(t *testing.T, config []byte, handler string) (found map[string]any) {
	t.Helper()
	var whole any
	if err := json.Unmarshal(config, &whole); err != nil {
		t.Fatal(err)
	}
	var find func(any)
	find = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			if transport, ok := n["transport"].(map[string]any); ok && n["handler"] == handler {
				found = transport
			}
			for _, inner := range n {
				find(inner)
			}
		case []any:
			for _, inner := range n {
				find(inner)
			}
		}
	}
	find(whole)
	return found
}

// Whatever a configuration is, it is judged to its end.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		`{"servers":{"a":{"listen":[":1"],"routes":[{"handle":[{"handler":"broker","source":"acute"},{"handler":"reverse_proxy","upstreams":[{"dial":":1"}]}]}]}}}`,
		`{"servers":{"a":{"named_routes":{"x":{"handle":[{"handler":"invoke","name":"x"}]}},"routes":[{"match":[{"host":["a"]}],"handle":[{"handler":"invoke","name":"x"}]}]}}}`,
		`{"servers":{"a":{"errors":{"routes":[{"handle":[{"handler":"subroute","routes":[{"handle":[{"handler":"file_server","root":"{x}"}]}]}]}]}}}}`,
		`{"servers":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, config []byte) {
		c := routes.Configuration{HTTP: config, Declared: func(string) string { return "http://127.0.0.1:18101/fhir" }, Guarded: []string{"acute"}, Kept: []string{"data"}}
		for _, fault := range c.Check() {
			_ = fault.Error()
		}
	})
}

// A link-local address of this machine is said with the interface that it is at.
func TestAnAddressWithItsInterfaceIsThisMachine(t *testing.T) {
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		addresses, _ := one.Addrs()
		for _, address := range addresses {
			at, err := netip.ParsePrefix(address.String())
			if err != nil || !at.Addr().Is6() || !at.Addr().IsLinkLocalUnicast() {
				continue
			}
			to := "[" + at.Addr().WithZone(one.Name).String() + "]:18101"
			if all := faults(t, adapt(t, put(map[string]string{"site": "handle /raw* {\n reverse_proxy " + to + "\n }"})), t.TempDir()); len(all) != 1 {
				t.Errorf("%s: %v", to, all)
			}
			return
		}
	}
	t.Skip("this machine has no link-local address")
}
