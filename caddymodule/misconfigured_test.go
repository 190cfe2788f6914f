package caddymodule_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release/releasetest"
	"github.com/mycarerecord/mcr/policies"
)

var update = flag.Bool("update", false, "write the pages that tests make")

// slip is one way to put the root Caddyfile wrongly.
type slip struct {
	what     string
	from, to string   // an edit
	at       string   // the line that must be told holds this
	says     []string // the one fault
}

const (
	issuerLine = "issuer {$MCR_ISSUER:https://issuer.example} {"
	keysLine   = "jwks_url {$MCR_JWKS:https://issuer.example/jwks}"
	brokerLine = "broker {$MCR_SOURCE:gp-riverside} {"
	siteLine   = "{$MCR_ADDRESS:localhost:8443} {"
	walkLine   = "walking 30 10m"
)

// DIR is the folder of the test, with what the slips name.
var slips = []slip{
	{what: "an option is misspelt", from: "jwks_url", to: "jwks_ulr", at: "jwks_ulr", says: []string{`unknown option "jwks_ulr"`, "did you mean jwks_url?"}},
	{what: "an option stands in the wrong block", from: walkLine, to: walkLine + "\n\t\taudience x", at: "\t\taudience x", says: []string{`unknown option "audience"`, "it belongs in issuer"}},
	{what: "an option stands twice", from: walkLine, to: walkLine + "\n\t\tpatient masked", at: "patient masked", says: []string{"patient: stands here twice, first at Caddyfile:", "keep one"}},
	{what: "a value too many", from: "patient encrypted", to: "patient encrypted masked", at: "patient encrypted masked", says: []string{`patient: "masked" is one value too many; take it away`}},
	{what: "a value is missing", from: "patient encrypted", to: "patient", at: "\t\tpatient\n", says: []string{"patient: give a value"}},
	{what: "a duration without its unit", from: "identity_for 1m", to: "identity_for 60", at: "identity_for 60", says: []string{`identity_for: "60" is not a duration; write it as 30s, 10m or 24h`}},
	{what: "a negative duration", from: "hold 24h", to: "hold -24h", at: "hold -24h", says: []string{`hold: "-24h" is not a duration`}},
	{what: "too long a duration", from: "identity_for 1m", to: "identity_for 1h", at: "identity_for 1h", says: []string{"identity_for: must be at most 10m"}},
	{what: "a size that is none", from: "max_size 4GiB", to: "max_size lots", at: "max_size lots", says: []string{`max_size: "lots" is not a size; write it as 4GiB`}},
	{what: "a spool of 4 MiB, where 4 GiB was meant", from: "max_size 4GiB", to: "max_size 4MiB", at: "max_size 4MiB", says: []string{"max_size: 4194304 bytes are too few", "at least 12MiB"}},
	{what: "less memory than one source's answers take", from: "max_held 512MiB", to: "max_held 512KiB", at: "max_held 512KiB", says: []string{"max_held: too small for source", "give four times as much"}},
	{what: "no id", from: "id {$MCR_BROKER_ID:wend-1}", to: "", at: "\tbroker {", says: []string{"id: missing", "as in: id wend-1"}},
	{what: "an id that is a path", from: "id {$MCR_BROKER_ID:wend-1}", to: "id ../wend", at: "id ../wend", says: []string{`id: "../wend"`, "write small letters, digits"}},
	{what: "NHS numbers in clear", from: "patient encrypted", to: "patient clear", at: "patient clear", says: []string{`patient: "clear" is neither encrypted nor masked; write one of the two`}},
	{what: "walking without its time", from: walkLine, to: "walking often", at: "walking often", says: []string{"walking: give off, or a number of patients and a duration"}},
	{what: "an issuer in capitals", from: issuerLine, to: "issuer https://Issuer.example {", at: "https://Issuer.example", says: []string{"in small letters in tokens"}},
	{what: "an issuer by http", from: issuerLine, to: "issuer http://issuer.example {", at: "http://issuer.example {", says: []string{"an issuer is named with https"}},
	{what: "an issuer by the address of its document", from: issuerLine, to: "issuer https://issuer.example/.well-known/openid-configuration {", at: "/.well-known/openid-configuration", says: []string{"write what stands in it under issuer"}},
	{what: "an issuer twice", from: "\t\t# A file of revoked tokens", to: "\t\tissuer https://issuer.example {\n\t\t\tjwks_url https://issuer.example/jwks\n\t\t\taudience x\n\t\t}\n\t\t# A file of revoked tokens", at: "\t\tissuer https://issuer.example {\n", says: []string{"it stands here twice, as issuer 1 and 2; keep one"}},
	{what: "an algorithm with one key for both sides", from: "algorithms ES256 PS256", to: "algorithms HS256 PS256", at: "algorithms HS256", says: []string{`algorithms: "HS256" is not offered; use RS256`}},
	{what: "audiences with commas", from: "audience {$MCR_AUDIENCE:https://mycarerecord.example}", to: "audience https://a.example, https://b.example", at: "audience https://a.example,", says: []string{`audience: "https://a.example,": give one value after the other`}},
	{what: "no audience", from: "audience {$MCR_AUDIENCE:https://mycarerecord.example}", to: "", at: issuerLine, says: []string{"audience: missing"}},
	{what: "keys by http", from: keysLine, to: "jwks_url http://issuer.example/jwks", at: "jwks_url http://", says: []string{`jwks url: scheme "http"; use https`}},
	{what: "keys from two places", from: keysLine, to: keysLine + "\n\t\t\tjwks_file DIR/keys.json", at: keysLine, says: []string{"jwks: both a URL and a file; keep one"}},
	{what: "a file of keys that is not there", from: keysLine, to: "jwks_file DIR/none.json", at: "jwks_file DIR/none.json", says: []string{"jwks_file: there is no file DIR/none.json; make it, or name the one that is meant"}},
	{what: "a file of keys that holds none", from: keysLine, to: "jwks_file DIR/source.yaml", at: "jwks_file DIR/source.yaml", says: []string{"jwks_file: not a strictly written JSON object"}},
	{what: "an organisation that is no code", from: "preset cis2", to: "preset cis2\n\t\t\torganisations rxa*", at: "organisations rxa*", says: []string{`organisations: "rxa*": give ODS codes`}},
	{what: "a preset that there is none of", from: "preset cis2", to: "preset cis", at: "preset cis\n", says: []string{"preset"}},
	{what: "a list of revoked tokens that is not there", from: walkLine, to: walkLine + "\n\t\trevocations DIR/none.jsonl", at: "revocations DIR", says: []string{"revocations: there is no file DIR/none.jsonl"}},
	{what: "a folder of sources that is not there", from: walkLine, to: walkLine + "\n\t\tsources DIR/none", at: "sources DIR/none", says: []string{"sources: there is no folder DIR/none; make it, or name the one that is meant"}},
	{what: "a file where the folder of sources was meant", from: walkLine, to: walkLine + "\n\t\tsources DIR/source.yaml", at: "sources DIR/source.yaml", says: []string{"is a file; name the folder that it is in"}},
	{what: "a source without its telephone", from: walkLine, to: walkLine + "\n\t\tsources DIR/wrong", at: "sources DIR/wrong", says: []string{"loading source gp-riverside.yaml", "telephone"}},
	{what: "a folder of policies that is not there", from: walkLine, to: walkLine + "\n\t\tpolicies DIR/none", at: "policies DIR/none", says: []string{"policies: there is no folder DIR/none"}},
	{what: "policies that do not pass", from: walkLine, to: walkLine + "\n\t\tpolicies DIR/policies", at: "policies DIR/policies", says: []string{"the policies are not fit to be in force", "put them right (mcr policy check, mcr policy test)"}},
	{what: "a policy of witnesses that is not there", from: "heartbeat 1m", to: "heartbeat 1m\n\t\t\tpolicy DIR/log.policy", at: "policy DIR/log.policy", says: []string{"proof: policy:", "no such file"}},
	{what: "a heartbeat shorter than its beats", from: "heartbeat 1m", to: "heartbeat 1s", at: "heartbeat 1s", says: []string{"heartbeat: must not be shorter than every"}},
	{what: "a file where the data folder was meant", from: "data {$MCR_DATA:data}", to: "data DIR/source.yaml", at: "data DIR/source.yaml", says: []string{"DIR/source.yaml is a file; name a folder"}},
	{what: "a registry in no folder", from: walkLine, to: walkLine + "\n\t\tregistry DIR/none/registry.db", at: "registry DIR/none", says: []string{"registry: there is no folder DIR/none; make it"}},
	{what: "a registry that is something else", from: walkLine, to: walkLine + "\n\t\tregistry DIR/source.yaml", at: "registry DIR/source.yaml", says: []string{"is no SQLite file; name another"}},
	{what: "a registry of another database", from: walkLine, to: walkLine + "\n\t\tregistry mysql://mcr@db.example/mcr", at: "registry mysql", says: []string{"registry: the address: write a file, or an address that begins with postgres://"}},
	{what: "a registry's password in clear", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr:hunter2@db.example/mcr", at: "registry postgres://mcr:hunter2@db.example/mcr", says: []string{"registry: the password: the secret stands in clear"}},
	{what: "a registry's password in its parameters", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr@db.example/mcr?password=hunter2", at: "registry postgres://mcr@db.example/mcr?password=hunter2", says: []string{"it holds a password: take that out"}},
	{what: "a registry's password that is not set", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr:{env.MCR_NO_SUCH}@db.example/mcr", at: "registry postgres://mcr:{env.MCR_NO_SUCH}@db.example/mcr", says: []string{"registry: the password: {env.MCR_NO_SUCH} stands for nothing: the variable is not set"}},
	{what: "a registry by a connection that nobody verifies", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr@db.example/mcr?sslmode=require {\n\t\t\tpool 8\n\t\t}", at: "registry postgres://mcr@db.example/mcr?sslmode=require", says: []string{"sslmode is verify-full"}},
	{what: "a registry's authority that is not there", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr@db.example/mcr?sslrootcert=DIR/authority.pem", at: "registry postgres://mcr@db.example/mcr?sslrootcert=DIR/authority.pem", says: []string{"reading sslrootcert", "no such file"}},
	{what: "a registry that is stale all the time", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr@db.example/mcr {\n\t\t\tstale_after 100ms\n\t\t}", at: "stale_after 100ms", says: []string{"stale_after: must be from 500ms to 1m"}},
	{what: "more connections than a database has", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr@db.example/mcr {\n\t\t\tpool 1000\n\t\t}", at: "pool 1000", says: []string{"pool: must be from 1 to 200"}},
	{what: "an option of PostgreSQL with a file", from: walkLine, to: walkLine + "\n\t\tregistry DIR/registry.db {\n\t\t\tstale_after 3s\n\t\t}", at: "stale_after 3s", says: []string{"stale_after: is for a registry in PostgreSQL"}},
	{what: "a registry's option misspelt", from: walkLine, to: walkLine + "\n\t\tregistry postgres://mcr@db.example/mcr {\n\t\t\tstale_afer 2s\n\t\t}", at: "stale_afer 2s", says: []string{`unknown option "stale_afer"`, "did you mean stale_after?"}},
	{what: "a trail that there is none of", from: walkLine, to: walkLine + "\n\t\ttrail clickhose clickhouse://mcr@db.example:9440/mcr", at: "trail clickhose", says: []string{`trail: "clickhose" is neither sqlite nor clickhouse`}},
	{what: "a password in clear", from: walkLine, to: walkLine + "\n\t\ttrail clickhouse clickhouse://mcr:hunter2@db.example:9440/mcr", at: "trail clickhouse clickhouse://mcr:hunter2", says: []string{"trail: the password: the secret stands in clear"}},
	{what: "a password that is not set", from: walkLine, to: walkLine + "\n\t\ttrail clickhouse clickhouse://mcr:{env.MCR_NO_SUCH}@db.example:9440/mcr", at: "trail clickhouse clickhouse://mcr:{env.MCR_NO", says: []string{"trail: the password: {env.MCR_NO_SUCH} stands for nothing: the variable is not set"}},
	{what: "a retention of a class that there is none of", from: walkLine, to: walkLine + "\n\t\tretention {\n\t\t\taccesses 30d\n\t\t}", at: "accesses 30d", says: []string{`unknown option "accesses"`, "did you mean access?"}},
	{what: "a collector's key that is none", from: walkLine, to: walkLine + "\n\t\tforwarded_by region abc", at: "forwarded_by region abc", says: []string{`forwarded_by: "region": give a name and the key`}},
	{what: "an override for nobody", from: walkLine, to: walkLine + "\n\t\tpolicies_override {\n\t\t\tfingerprint " + strings.Repeat("0", 64) + "\n\t\t\treason \"it cannot wait\"\n\t\t\tuntil 2020-01-01T00:00:00Z\n\t\t}", at: "\t\tpolicies_override {\n", says: []string{"by: say who answers for it, by name"}},
	{what: "two broker blocks", from: "\tservers {", to: "\tbroker {\n\t\tid other\n\t}\n\tservers {", at: "\tbroker {\n\t\t# This broker's name", says: []string{"broker: this block stands here twice; keep one"}},
	{what: "a source named in the block of all", from: "\tbroker {\n\t\t# This", to: "\tbroker wend-1 {\n\t\t# This", at: "broker wend-1 {", says: []string{`takes no value; take "wend-1" away`}},
	{what: "a broker of no source", from: brokerLine, to: "broker {", at: "\t\tbroker {\n\t\t\tpath", says: []string{"name the source, as in: broker gp-riverside"}},
	{what: "a broker of two sources", from: brokerLine, to: "broker gp-riverside gp-hillview {", at: "gp-hillview {", says: []string{`one source only; take "gp-hillview" away`}},
	{what: "a source that no file declares", from: brokerLine, to: "broker gp-riversid {", at: "broker gp-riversid {", says: []string{"broker gp-riversid: no such source; there are:"}},
	{what: "a base without its scheme", from: "base_url {$MCR_SOURCE_BASE:http://127.0.0.1:18101/fhir}", to: "base_url 127.0.0.1:18101/fhir", at: "base_url 127", says: []string{"base_url: source gp-riverside"}},
	{what: "a path that its block takes away", from: "\thandle /fhir* {", to: "\thandle_path /fhir* {", at: "handle_path /fhir*", says: []string{"rewrite stands before the broker", "leave /fhir in the path: write handle instead of handle_path"}},
	{what: "a public address that ends in a slash", from: "\t\t\tpath /fhir\n", to: "\t\t\tpath /fhir\n\t\t\tpublic_url https://broker.example/fhir/\n", at: "public_url https", says: []string{"public_url: take the / at its end away"}},
	{what: "a public address of another path", from: "\t\t\tpath /fhir\n", to: "\t\t\tpath /fhir\n\t\t\tpublic_url https://broker.example/r4\n", at: "public_url https", says: []string{"public_url: it must end in the path /fhir"}},
	{what: "a path that its block is not asked for", from: "\t\t\tpath /fhir\n", to: "\t\t\tpath /r4\n", at: "path /r4", says: []string{"broker: it answers /r4, and its block is asked for /fhir* alone; write the same path in both"}},
	{what: "a page's address where an origin was meant", from: "\t\t\tpath /fhir\n", to: "\t\t\tpath /fhir\n\t\t\tcors {\n\t\t\t\torigin https://app.example/start\n\t\t\t}\n", at: "cors {\n\t\t\t\torigin https://app.example/start", says: []string{`"https://app.example/start" is no origin`}},
	{what: "a sign-in by http", from: "\t\t\tpath /fhir\n", to: "\t\t\tpath /fhir\n\t\t\tsmart {\n\t\t\t\tauthorization_endpoint http://issuer.example/authorize\n\t\t\t\ttoken_endpoint https://issuer.example/token\n\t\t\t}\n", at: "smart {\n\t\t\t\tauthorization_endpoint http:", says: []string{"smart: authorization_endpoint must be an address with https"}},
	{what: "two collectors in one block", from: "\thandle /fhir* {", to: "\thandle /region/* {\n\t\tcollector {\n\t\t\tpath /region\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t\tcollector {\n\t\t\tpath /region\n\t\t\tbrokers https://{source}.example/r4\n\t\t}\n\t}\n\thandle /fhir* {", at: "collector {\n\t\t\tpath /region\n\t\t\tbrokers https://{source}.example/r4", says: []string{"a collector before it in the same block answers everything, and this one is never asked"}},
	{what: "a collector that asks one broker for all", from: "\thandle /fhir* {", to: "\thandle /region/* {\n\t\tcollector {\n\t\t\tpath /region\n\t\t\tbrokers https://one.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "collector {", says: []string{"brokers: https://one.example/fhir does not hold {source}"}},
	{what: "a console's key in a file that others may read", from: "\thandle /fhir* {", to: "\thandle /console* {\n\t\tconsole {\n\t\t\tpublic_url https://record.example\n\t\t\tclient_id x\n\t\t\tprivate_key {file.DIR/open.pem}\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "console {", says: []string{"private_key: {file.DIR/open.pem} stands for nothing: mode 0644 lets others in: chmod 600 it"}},
	{what: "a console's key that is none", from: "\thandle /fhir* {", to: "\thandle /console* {\n\t\tconsole {\n\t\t\tpublic_url https://record.example\n\t\t\tclient_id x\n\t\t\tprivate_key {file.DIR/none.pem}\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "console {", says: []string{"private_key: what {file.DIR/none.pem} stands for is no private key in PEM"}},
	{what: "a console's key beside a secret", from: "\thandle /fhir* {", to: "\thandle /console* {\n\t\tconsole {\n\t\t\tpublic_url https://record.example\n\t\t\tclient_id x\n\t\t\tclient_secret {file.DIR/secret}\n\t\t\tprivate_key {file.DIR/key.pem}\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "console {", says: []string{"client_secret: both a secret and a private_key; keep one"}},
	{what: "a console's algorithm that is not its key's", from: "\thandle /fhir* {", to: "\thandle /console* {\n\t\tconsole {\n\t\t\tpublic_url https://record.example\n\t\t\tclient_id x\n\t\t\tprivate_key {file.DIR/key.pem}\n\t\t\tkey_algorithm RS512\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "console {", says: []string{`key_algorithm: "RS512" does not fit the key`}},
	{what: "the name of a console's key without the key", from: "\thandle /fhir* {", to: "\thandle /console* {\n\t\tconsole {\n\t\t\tpublic_url https://record.example\n\t\t\tclient_id x\n\t\t\tkey_id console-1\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "console {", says: []string{"key_id: it goes with a private_key, which is missing"}},
	{what: "a path that a collector's block takes away", from: "\thandle /fhir* {", to: "\thandle_path /region* {\n\t\tcollector {\n\t\t\tpath /region\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "\t\t\tpath /region", says: []string{"collector: handle_path takes /region away from the path before collector sees it; write handle"}},
	{what: "a variable in an answer", from: "\trespond 404\n}", to: "\trespond \"run by {env.USER}\" 404\n}", at: "run by {env.USER}", says: []string{"static_response could answer with {env.USER}", "write {$USER}, which is put in when the Caddyfile is read, if it is no secret"}},
	{what: "metrics where clients ask", from: "\tbroker_health\n", to: "\tbroker_health\n\tmetrics /metrics\n", at: "\tmetrics /metrics", says: []string{"metrics stands on the server of a broker, and tells its clients the sources' addresses", "give metrics an address of their own"}},
	{what: "a console without its client", from: "\thandle /fhir* {", to: "\thandle /console* {\n\t\tconsole {\n\t\t\tpublic_url https://record.example\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "console {", says: []string{"client_id: missing"}},
	{what: "releases whose keys are not there", from: walkLine, to: walkLine + "\n\t\treleases {\n\t\t\tfrom /srv/policies\n\t\t\ttrust /no/keys.json\n\t\t}", at: "\t\t\ttrust /no/keys.json", says: []string{"releases: trust: open /no/keys.json"}},
	{what: "releases from nowhere", from: walkLine, to: walkLine + "\n\t\treleases {\n\t\t\ttrust DIR/policy-keys.json\n\t\t}", at: "\t\treleases {\n", says: []string{"from: say where releases are published"}},
	{what: "releases fetched in clear", from: walkLine, to: walkLine + "\n\t\treleases {\n\t\t\tfrom http://policies.example/current.mcr\n\t\t\ttrust DIR/policy-keys.json\n\t\t}", at: "\t\t\tfrom http://policies.example/current.mcr", says: []string{"scheme \"http\"; use https", "can be held back"}},
	{what: "releases and a folder", from: walkLine, to: walkLine + "\n\t\tpolicies /etc\n\t\treleases {\n\t\t\tfrom /srv/policies\n\t\t\ttrust DIR/policy-keys.json\n\t\t}", at: "\t\treleases {\n", says: []string{"take one of releases and policies away"}},
	{what: "releases asked for too often", from: walkLine, to: walkLine + "\n\t\treleases {\n\t\t\tfrom /srv/policies\n\t\t\ttrust DIR/policy-keys.json\n\t\t\tevery 10ms\n\t\t}", at: "\t\t\tevery 10ms", says: []string{"every: must be at least 1s"}},
	{what: "too old at once", from: walkLine, to: walkLine + "\n\t\treleases {\n\t\t\tfrom /srv/policies\n\t\t\ttrust DIR/policy-keys.json\n\t\t\ttoo_old 5s refuse\n\t\t}", at: "\t\t\ttoo_old 5s refuse", says: []string{"too_old: must be at least 10s"}},
	{what: "too old, and then what", from: walkLine, to: walkLine + "\n\t\treleases {\n\t\t\tfrom /srv/policies\n\t\t\ttrust DIR/policy-keys.json\n\t\t\ttoo_old 72h stop\n\t\t}", at: "\t\t\ttoo_old 72h stop", says: []string{"is neither keep nor refuse"}},
	{what: "proposals that are published nowhere", from: "\thandle /fhir* {", to: "\thandle /console* {\n\t\tconsole {\n\t\t\tpublic_url https://record.example\n\t\t\tclient_id x\n\t\t\tproposals {\n\t\t\t\ttrust DIR/policy-keys.json\n\t\t\t\tto /no/folder\n\t\t\t}\n\t\t\tbrokers https://{source}.example/fhir\n\t\t}\n\t}\n\thandle /fhir* {", at: "console {", says: []string{"proposals: to: stat /no/folder", "make the folder"}},
	{what: "a log that takes requests", from: "\t\texclude http.handlers.reverse_proxy http.log.error http.log.access\n", to: "\t\texclude http.handlers.reverse_proxy\n", at: "exclude http.handlers", says: []string{"log default: it takes addresses, which may name patients; write in it: exclude", "http.log.access"}},
	{what: "a second log that takes requests", from: "\tbroker {\n\t\t# This", to: "\tlog mine {\n\t\tlevel DEBUG\n\t}\n\tbroker {\n\t\t# This", at: "log mine", says: []string{"log mine: it takes addresses"}},
	{what: "a site that logs its requests", from: "\tbroker_health\n", to: "\tlog {\n\t\toutput file DIR/access.log\n\t}\n\tbroker_health\n", at: "\tlog {\n\t\toutput file", says: []string{"log log0: it takes addresses", "take it away: a site on a server with a broker has no log of its own"}},
	{what: "an admin address that is open", from: "admin unix/{$MCR_DATA:data}/admin.sock", to: "admin localhost:2019", at: "admin localhost:2019", says: []string{"admin: localhost:2019 lets every program on this machine", "write a socket"}},
	{what: "Caddy keeps the configuration", from: "\tpersist_config off\n", to: "", at: "admin unix/", says: []string{"persist_config: missing"}},
	{what: "nobody judges requests in their bytes", from: "\t\tlistener_wrappers {\n\t\t\tbroker\n\t\t}\n", to: "", at: "\tservers {", says: []string{"its requests are not judged before they are read; write in the global block: servers { listener_wrappers { broker } }"}},
	{what: "a way from http to https", from: "\tauto_https disable_redirects\n", to: "", at: "admin unix/", says: []string{"auto_https: Caddy offers a way from http to this site", "auto_https disable_redirects"}},
	{what: "a directive of Caddy's is misspelt", from: "\trespond 404\n}", to: "\trespnod 404\n}", at: "respnod 404", says: []string{"unrecognized directive: respnod"}},
}

var inCaddyfile = regexp.MustCompile(`Caddyfile:\d+`)

// checked gives what mcr validate says of a text, with a data folder whose policies have passed.
func checked(t *testing.T, dir, text string) caddymodule.Found {
	t.Helper()
	t.Setenv("MCR_DATA", filepath.Join(dir, "data"))
	return caddymodule.CheckFile(t.Context(), "Caddyfile", []byte(text), true)
}

// passedPolicies makes a data folder as a broker leaves it whose policies have passed: they
// are not judged again each time.
func passedPolicies(t *testing.T, dir string) {
	t.Helper()
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	keys, err := protect.CreateKeys(filepath.Join(data, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gate.New(gate.Options{Data: data, Key: keys.Derive("mcr policy verdict 1")}).Admit(t.Context(), policies.FS); err != nil {
		t.Fatal(err)
	}
}

func lineOf(text, part string) int {
	at := strings.Index(text, part)
	if at < 0 {
		return 0
	}
	for strings.HasPrefix(part, "\n") {
		part, at = part[1:], at+1
	}
	return strings.Count(text[:at], "\n") + 1
}

func rootCaddyfile(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each way to put the root Caddyfile wrongly is told, alone, with its line and what to do; the
// page of them all is made here.
func TestMisconfigurations(t *testing.T) {
	if policytest.Race {
		t.Skip("dozens of sets of policies are loaded")
	}
	root, dir := rootCaddyfile(t), t.TempDir()
	passedPolicies(t, dir)
	for name, text := range map[string]string{
		"source.yaml": "name: x\n", "none.pem": "hunter2\n", "secret": "hunter2\n", "keys.json": `{"keys":[]}`, "wrong/gp-riverside.yaml": "name: Riverside\nods: Z91001\nkind: gp\nbase_url: http://127.0.0.1:1/fhir\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "policy-keys.json"), releasetest.NewPeople(t).Set, 0o600); err != nil {
		t.Fatal(err)
	}
	key := pemKey(t)
	for name, mode := range map[string]os.FileMode{"key.pem": 0o600, "open.pem": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), key, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(dir, "policies"), policies.FS); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "policies", "data", "reasons.json")); err != nil {
		t.Fatal(err)
	}
	if found := checked(t, dir, root); len(found.Faults) > 0 {
		t.Fatalf("the root Caddyfile as it is: %v", found.Faults)
	}
	var page bytes.Buffer
	for _, s := range slips {
		t.Run(s.what, func(t *testing.T) {
			inDir := strings.NewReplacer("DIR", dir)
			if strings.Count(root, s.from) == 0 {
				t.Fatalf("there is no %q in the root Caddyfile", s.from)
			}
			text := strings.Replace(root, s.from, inDir.Replace(s.to), 1)
			found := checked(t, dir, text)
			if len(found.Faults) != 1 {
				t.Fatalf("%d faults are told, want 1:\n%s", len(found.Faults), strings.Join(found.Faults, "\n"))
			}
			fault := found.Faults[0]
			for _, want := range s.says {
				if !strings.Contains(fault, inDir.Replace(want)) {
					t.Errorf("it does not say %q: %s", want, fault)
				}
			}
			if line := lineOf(text, inDir.Replace(s.at)); s.at != "" && !strings.Contains(fault, fmt.Sprintf("Caddyfile:%d", line)) {
				t.Errorf("it is not told at line %d: %s", line, fault)
			}
			told := strings.ReplaceAll(fault, dir, "/etc/mcr")
			told, _, _ = strings.Cut(told, "\n")
			// The page holds the line itself: its number changes with every line before it.
			told = inCaddyfile.ReplaceAllString(strings.TrimPrefix(told, inCaddyfile.FindString(told)+": "), "another line")
			var line int
			_, _ = fmt.Sscanf(inCaddyfile.FindString(fault), "Caddyfile:%d", &line)
			wrote := strings.TrimSpace(strings.ReplaceAll(strings.Split(text, "\n")[max(0, line-1)], dir, "/etc/mcr"))
			fmt.Fprintf(&page, "| %s | `%s` | %s |\n", s.what, strings.ReplaceAll(wrote, "|", "\\|"), strings.ReplaceAll(told, "|", "\\|"))
		})
	}
	if t.Failed() {
		return
	}
	const about = `# Misconfigurations that mcr validate tells

<!-- made by go test ./caddymodule -run TestMisconfigurations -update from caddymodule/misconfigured_test.go -->

Each of these %d slips is made in a copy of the Caddyfile that comes with mcr by a test. Each must be told, alone,
with its line and what to do, and nothing starts or is reloaded with it. What leads past a broker is in a table of its
own (docs/operating.md). ` + "`mcr validate`" + ` tells all faults of a file at once; of Caddy's own directives, Caddy tells the first.

| slip | the line that is told | mcr validate says |
|---|---|---|
`
	made := fmt.Appendf(nil, about, len(slips))
	made = append(made, page.Bytes()...)
	const path = "../docs/misconfigurations.md"
	if *update {
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, made) {
		t.Errorf("%s is not as it is made: run this test with -update (%v)", path, err)
	}
}

// Without the block of what all brokers share nothing can be served, and Caddy alone would not say
// so: its own default would be an app without an id.
func TestAMissingBrokerBlockIsTold(t *testing.T) {
	root := rootCaddyfile(t)
	before, rest, _ := strings.Cut(root, "\tbroker {\n\t\t# This")
	_, after, _ := strings.Cut(rest, "\n\t}\n}\n")
	all := strings.Join(checked(t, t.TempDir(), before+"}\n"+after).Faults, "\n")
	if !strings.Contains(all, "there is no broker block") {
		t.Errorf("it is not told:\n%s", all)
	}
}

// Everything is told at once: what cannot be read, what does not hold, what is not there, what
// stands wrongly beside it, and the first fault of Caddy's own.
func TestAllFaultsAreToldAtOnce(t *testing.T) {
	root, dir := rootCaddyfile(t), t.TempDir()
	passedPolicies(t, dir)
	text := strings.NewReplacer(
		"jwks_url", "jwks_ulr", "identity_for 1m", "identity_for soon", walkLine, walkLine+"\n\t\trevocations "+dir+"/none",
		"\t\t\tpath /fhir\n", "\t\t\tpath /r4\n\t\t\tpth /x\n", "min_free 256MiB", "min_free 0",
		"persist_config off", "", "metrics /metrics", "metrisc /metrics", "heartbeat 1m", "heartbeat 1s",
	).Replace(root)
	found := checked(t, dir, text)
	all := strings.Join(found.Faults, "\n")
	for _, want := range []string{`"jwks_ulr"`, "identity_for:", "revocations: there is no file", `unknown option "pth"`, "min_free:", "unrecognized directive: metrisc", "heartbeat:"} {
		if strings.Count(all, want) != 1 {
			t.Errorf("%q is told %d times, want once:\n%s", want, strings.Count(all, want), all)
		}
	}
	if strings.Contains(all, "jwks: missing") || strings.Contains(all, "id: missing") {
		t.Errorf("what only follows is told too:\n%s", all)
	}
	last := 0
	for _, fault := range found.Faults {
		var line int
		if n, err := fmt.Sscanf(fault, "Caddyfile:%d", &line); err != nil || n != 1 || line < last {
			continue // Caddy's own says its line elsewhere
		}
		last = line
	}
	if last == 0 {
		t.Errorf("no fault begins with its line:\n%s", all)
	}
}

// What is imported is told where it stands, and whence it came.
func TestAFaultInAnImportIsToldThere(t *testing.T) {
	root, dir := rootCaddyfile(t), t.TempDir()
	passedPolicies(t, dir)
	imported := filepath.Join(dir, "issuer.caddy")
	if err := os.WriteFile(imported, []byte("\njwks_url http://issuer.example/jwks\nalgorithm ES256\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "(mine) {\n\tpth /fhir\n}\n"
	root = strings.Replace(root, keysLine, "import "+imported, 1)
	global, sites, _ := strings.Cut(root, "\n}\n")
	sites = strings.Replace(sites, "\t\t\tpath /fhir\n", "\t\t\timport mine\n", 1)
	text = global + "\n}\n" + text + sites
	found := checked(t, dir, text)
	all := strings.Join(found.Faults, "\n")
	for _, want := range []string{
		fmt.Sprintf("%s:3 (imported at Caddyfile:%d): unknown option \"algorithm\"", imported, lineOf(text, "import "+imported)),
		fmt.Sprintf("%s:2 (imported at Caddyfile:%d): issuer https://issuer.example: jwks url", imported, lineOf(text, "import "+imported)),
		fmt.Sprintf("Caddyfile:%d (imported at Caddyfile:%d): unknown option \"pth\"", lineOf(text, "\tpth"), lineOf(text, "import mine")),
	} {
		if !strings.Contains(all, want) {
			t.Errorf("it is not told as %q:\n%s", want, all)
		}
	}
}

// A configuration in JSON has no lines that mean anything: its faults name the path.
func TestFaultsOfJSONNameTheirPath(t *testing.T) {
	root, dir := rootCaddyfile(t), t.TempDir()
	passedPolicies(t, dir)
	t.Setenv("MCR_DATA", filepath.Join(dir, "data"))
	config, err := adapt(t, "Caddyfile", []byte(root))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`"patient":"encrypted"`, `"patient":"clear"`, `"algorithms":["ES256"`, `"algorithms":["HS256"`, `"path":"/fhir"`, `"path":"/r4"`).Replace(string(config))
	all := strings.Join(caddymodule.CheckJSON(t.Context(), []byte(text), true).Faults, "\n")
	for _, want := range []string{"at apps.broker.patient: patient:", "at apps.broker.issuers[0].algorithms: ", "at apps.http.servers.srv", ".path: broker: it answers /r4"} {
		if !strings.Contains(all, want) {
			t.Errorf("it does not say %q:\n%s", want, all)
		}
	}
}
