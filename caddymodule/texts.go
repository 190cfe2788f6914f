package caddymodule

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/mycarerecord/mcr/audit/clickhouse"
)

// idForm is the form of a broker's id: it names things in records, files, logs' origins and
// addresses, for ever. It is that of one label of a host name.
var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// checkID refuses an id of another form.
func checkID(option, id string) error {
	if id == "" {
		return fmt.Errorf("%s: missing; give this broker a name, as in: id wend-1", option)
	}
	if !idForm.MatchString(id) {
		return fmt.Errorf("%s: %q: write small letters, digits and hyphens, at most 63, a letter or digit first, as in: wend-1", option, id)
	}
	return nil
}

// unfit is a text of a configuration in which something stands that may not.
type unfit struct {
	option string // its place, in the names of the JSON
	text   string // for finding its line; never shown as it is
	why    string
}

func (m unfit) Error() string { return m.option + ": " + m.why }

// withUser is an address with a user before its host.
var withUser = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*@`)

// checkTexts looks at every text of a module's configuration. A Secret, or the password of an
// Address, is a placeholder and nothing else. Every other text holds none: Caddy does not
// resolve placeholders of ours, so that an id would be the text "{env.MCR_ID}", in every
// record, for ever.
func checkTexts(module any) error {
	var faults []error
	for _, m := range unfitIn(module) {
		faults = append(faults, m)
	}
	return errors.Join(faults...)
}

// unfitTexts is checkTexts with the place of each in a configuration; path is the module's.
func unfitTexts(path string, module any) (faults []error) {
	for _, u := range unfitIn(module) {
		where := path
		for _, step := range strings.Split(u.option, "/") {
			if step[0] >= '0' && step[0] <= '9' {
				where += "[" + step + "]"
			} else {
				where += "." + step
			}
		}
		faults = append(faults, Fault{where, u.Error()})
	}
	return faults
}

func unfitIn(module any) (all []unfit) {
	eachText("", reflect.ValueOf(module), func(option string, v reflect.Value, allowed string) {
		text, why := v.String(), ""
		switch v.Type() {
		case reflect.TypeFor[Secret]():
			if text != "" && !late.MatchString(text) {
				why = inClear
			}
		case reflect.TypeFor[Address]():
			if _, err := addressOf(clickhouse.Scheme, text); err != nil {
				why = err.Error()
			}
		case reflect.TypeFor[RegistryAddress]():
			if _, _, err := registryAddress(text); err != nil {
				why = err.Error()
			}
		default:
			if withUser.MatchString(text) {
				why = "the address holds a user or a password, which would stand in clear: take it out"
				break
			}
			left := text
			if allowed != "" {
				left = strings.ReplaceAll(text, allowed, "")
			}
			if strings.ContainsAny(left, "{}") {
				why = fmt.Sprintf("%q: no placeholder may stand here: write the value, or {$NAME}, which is put in when the Caddyfile is read ({env.NAME} and {file./path} are for secrets)", text)
			}
		}
		if why != "" {
			all = append(all, unfit{option, text, why})
		}
	})
	return all
}

// eachText goes through the texts of a value, with their places. allowed is what the field's
// tag "placeholder" says may stand in it.
func eachText(at string, v reflect.Value, each func(option string, text reflect.Value, allowed string)) {
	eachTextOf(at, v, "", each)
}

func eachTextOf(at string, v reflect.Value, allowed string, each func(string, reflect.Value, string)) {
	below := func(name string) string {
		if at == "" {
			return name
		}
		return at + "/" + name
	}
	switch v.Kind() {
	case reflect.String:
		each(at, v, allowed)
	case reflect.Pointer:
		if !v.IsNil() {
			eachTextOf(at, v.Elem(), allowed, each)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachTextOf(below(fmt.Sprint(i)), v.Index(i), allowed, each)
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			if key.Kind() == reflect.String {
				each(at, key, allowed)
			}
			eachTextOf(below(fmt.Sprint(key)), value, allowed, each)
		}
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[App]().PkgPath() {
			return // a time, or a module of Caddy's own, which resolves its own
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !field.IsExported() || name == "-" {
				continue
			}
			to := at
			if name != "" {
				to = below(name)
			}
			eachTextOf(to, v.Field(i), field.Tag.Get("placeholder"), each)
		}
	}
}

// judged gives all faults of what was read: those of the reading, and those of its texts, each
// with its line where the text stands as it was written.
func (r *reader) judged(module any) error {
	for _, u := range unfitIn(module) {
		r.faults = append(r.faults, r.placed(u))
	}
	return errors.Join(r.faults...)
}

func (r *reader) placed(u unfit) error {
	r.Reset()
	option, line := "", 0
	for r.Next() {
		if r.Line() != line {
			option, line = r.Val(), r.Line()
		}
		if r.Val() == u.text {
			return misplaced{whereIs(r.Token()), option + ": " + u.why}
		}
	}
	return u
}

// variable is one that Caddy puts in when the Caddyfile is read: {$NAME}, or {$NAME:what it is
// when NAME is not set}.
var variable = regexp.MustCompile(`\{\$([^:{}]+)(:[^{}]*)?\}`)

// unset finds the variables of a Caddyfile that stand for nothing: Caddy puts nothing in, and
// "data {$MCR_DATA}/broker" would be "/broker".
func unset(file string, text []byte) (faults []error) {
	tokens, err := caddyfile.Tokenize(text, file)
	if err != nil {
		return nil // Caddy has told it
	}
	for _, token := range tokens {
		for _, m := range variable.FindAllStringSubmatch(token.Text, -1) {
			if m[2] == "" && os.Getenv(m[1]) == "" {
				faults = append(faults, misplaced{whereIs(token), fmt.Sprintf("%s stands for nothing: set %s, or write {$%s:what it is then}", m[0], m[1], m[1])})
			}
		}
	}
	return faults
}

// unsetIn is unset of a file that is read for it.
func unsetIn(file string) []error {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil // it came from elsewhere
	}
	return unset(file, text)
}
