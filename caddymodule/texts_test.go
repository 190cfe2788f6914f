package caddymodule_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/caddymodule"
)

// ours gives an empty value of each module of this package, by its id.
func ours() map[string]any {
	all := map[string]any{}
	for _, space := range []string{"", "http.handlers", "caddy.listeners", "admin.api"} {
		for _, m := range caddy.GetModules(space) {
			if v := m.New(); reflect.TypeOf(v).Elem().PkgPath() == reflect.TypeFor[caddymodule.App]().PkgPath() {
				all[string(m.ID)] = v
			}
		}
	}
	return all
}

// filled puts a text into one field after the other, of all that a type has; each is told by
// its place in the JSON. What is a list gets one entry.
func filled(t *testing.T, typ reflect.Type, text string, each func(place string, v any)) {
	t.Helper()
	var fill func(root, at reflect.Value, place string)
	fill = func(root, at reflect.Value, place string) {
		if _, marshals := at.Interface().(json.Marshaler); marshals {
			return
		}
		switch at.Kind() {
		case reflect.String:
			at.SetString(text)
			each(place, root.Interface())
			at.SetString("")
		case reflect.Pointer:
			if at.Type().Elem().PkgPath() == reflect.TypeFor[caddymodule.App]().PkgPath() {
				at.Set(reflect.New(at.Type().Elem()))
				fill(root, at.Elem(), place)
				at.SetZero()
			}
		case reflect.Slice:
			at.Set(reflect.MakeSlice(at.Type(), 1, 1))
			fill(root, at.Index(0), place+"/0")
			at.SetZero()
		case reflect.Map:
			if at.Type().Key().Kind() == reflect.String && at.Type().Elem().Kind() == reflect.String {
				at.Set(reflect.MakeMap(at.Type()))
				at.SetMapIndex(reflect.ValueOf("key").Convert(at.Type().Key()), reflect.ValueOf(text).Convert(at.Type().Elem()))
				each(place+"/key", root.Interface())
				at.SetZero()
			}
		case reflect.Struct:
			for i := range at.NumField() {
				f := at.Type().Field(i)
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if !f.IsExported() || name == "-" {
					continue
				}
				at, place := at.Field(i), strings.TrimPrefix(place+"/"+name, "/")
				fill(root, at, strings.TrimSuffix(place, "/"))
			}
		}
	}
	root := reflect.New(typ)
	fill(root, root.Elem(), "")
}

// Every text of every module of ours, found by its type: what comes new is looked at too.
func TestAPlaceholderIsRefusedInEveryFieldButASecrets(t *testing.T) {
	fields := 0
	for id, v := range ours() {
		filled(t, reflect.TypeOf(v).Elem(), "x{env.MCR_TEST_CANARY}", func(place string, v any) {
			fields++
			if err := caddymodule.CheckTexts(v); err == nil || !strings.HasPrefix(err.Error(), place+": ") {
				t.Errorf("%s: %s: %v", id, place, err)
			}
		})
		filled(t, reflect.TypeOf(v).Elem(), "plain", func(place string, v any) {
			secret := strings.HasSuffix(place, "secret") || strings.HasSuffix(place, "private_key")
			if err := caddymodule.CheckTexts(v); (err != nil) != secret {
				t.Errorf("%s: %s: %v", id, place, err)
			}
		})
	}
	if fields < 60 {
		t.Errorf("only %d fields were found", fields)
	}
}

// Each module looks at its texts before it is used, however its configuration came.
func TestEachModuleRefusesAPlaceholderInItsJSON(t *testing.T) {
	file := writeCaddyfile(t, small)
	config, err := adapt(t, file, []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for module, field := range map[string]string{"collector": "path", "console": "public_url", "broker_log": "path", "broker": "public_url"} {
		wrong := strings.Replace(string(config), `"handler":"broker_health"`, fmt.Sprintf(`"handler":%q,%q:"{env.HOME}"`, module, field), 1)
		if err := validate(t, []byte(wrong)); err == nil || !strings.Contains(err.Error(), field+`: "{env.HOME}": no placeholder may stand here`) {
			t.Errorf("%s: %v", module, err)
		}
	}
	wrong := strings.Replace(string(config), `"id":"small"`, `"id":"{env.HOME}"`, 1)
	if err := validate(t, []byte(wrong)); err == nil || !strings.Contains(err.Error(), `id: "{env.HOME}": no placeholder may stand here`) {
		t.Errorf("app: %v", err)
	}
}

const small = `{
	admin unix/{$MCR_TEST_DIR}/admin.sock
	persist_config off
	auto_https off
	servers {
		listener_wrappers {
			broker
		}
	}
	log default {
		exclude http.log.error http.log.access
	}
	broker {
		id small
		data {$MCR_TEST_DIR}/data
		issuer https://issuer.example {
			jwks_url https://issuer.example/jwks
			audience https://a.example
		}
	}
}
http://127.0.0.1:18099 {
	broker_health
	collector {
		brokers https://{source}.brokers.example/fhir
	}
}
`

func writeCaddyfile(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("MCR_TEST_DIR", dir)
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// What is wrong is told with its line, and a secret is not repeated.
func TestAFaultyTextIsToldWithItsLine(t *testing.T) {
	t.Setenv("MCR_TEST_SECRET", "hunter2")
	for name, c := range map[string]struct{ from, to, want string }{
		"an id late":             {"id small", "id {env.MCR_ID}", `id: "{env.MCR_ID}": no placeholder may stand here`},
		"an id of a file":        {"id small", "id {file./etc/mcr/id}", `id: "{file./etc/mcr/id}": no placeholder may stand here`},
		"a folder late":          {"data {$MCR_TEST_DIR}/data", "data {env.MCR_TEST_DIR}/data", `data: "{env.MCR_TEST_DIR}/data": no placeholder`},
		"an address late":        {"jwks_url https://issuer.example/jwks", "jwks_url {env.MCR_JWKS}", `jwks_url: "{env.MCR_JWKS}": no placeholder`},
		"in a list":              {"audience https://a.example", "audience https://a.example {http.vars.x}", `audience: "{http.vars.x}": no placeholder`},
		"unset":                  {"id small", "id {$MCR_TEST_NOTHING}", `{$MCR_TEST_NOTHING} stands for nothing: set MCR_TEST_NOTHING, or write {$MCR_TEST_NOTHING:`},
		"unset in part":          {"data {$MCR_TEST_DIR}/data", "data {$MCR_TEST_NOTHING}/data", `{$MCR_TEST_NOTHING} stands for nothing`},
		"unset in quotes":        {"id small", `id "{$MCR_TEST_NOTHING}"`, `{$MCR_TEST_NOTHING} stands for nothing`},
		"unset elsewhere":        {"http://127.0.0.1:18099", "http://{$MCR_TEST_NOTHING}:18099", `{$MCR_TEST_NOTHING} stands for nothing`},
		"a password in clear":    {"id small", "id small\n\t\ttrail clickhouse clickhouse://u:hunter2@a.example/mcr", "trail: the password: the secret stands in clear"},
		"a password too early":   {"id small", "id small\n\t\ttrail clickhouse clickhouse://u:{$MCR_TEST_SECRET}@a.example/mcr", "trail: the password: the secret stands in clear"},
		"an address of no trail": {"id small", "id small\n\t\ttrail clickhouse https://u:hunter2@a.example/mcr", "trail: the address: write a file, or an address that begins with clickhouse://"},
		"in an address":          {"jwks_url https://issuer.example/jwks", "jwks_url https://u:hunter2@issuer.example/jwks", "jwks_url: the address holds a user or a password"},
		"a client's secret":      {"broker_health", "console {\n\t\tclient_secret hunter2\n\t}", "client_secret: the secret stands in clear"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(small, c.from, c.to, 1)
			file := writeCaddyfile(t, text)
			_, err := adapt(t, file, []byte(text))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file+":") {
				t.Fatalf("%v", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it repeats the secret: %v", err)
			}
		})
	}
	// With something for when it is not set, it is as the operator meant it.
	text := strings.Replace(small, "http://127.0.0.1:18099 {", "http://127.0.0.1:18099 {\n\theader X-Extra \"{$MCR_TEST_NOTHING:}\"", 1)
	if _, err := adapt(t, writeCaddyfile(t, text), []byte(text)); err != nil {
		t.Error(err)
	}
}

func TestAnIDIsOfOneForm(t *testing.T) {
	for id, good := range map[string]bool{
		"wend-1": true, "a": true, "0": true, "test": true, "demo-region": true, strings.Repeat("a", 63): true,
		"": false, "-a": false, "Wend": false, "wend_1": false, "wend.1": false, "wend/1": false, "wend+1": false, "wend 1": false, "wend\n1": false, "wënd": false, strings.Repeat("a", 64): false,
	} {
		if err := caddymodule.CheckID("id", id); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
}
