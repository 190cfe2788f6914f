package trail

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/mycarerecord/mcr/audit"
)

// tame gives a record as it may stand on a page. html/template keeps text from
// becoming markup; what it lets through are signs that nobody sees and that turn
// the direction of what stands around them, so that a line reads otherwise than it
// was recorded (attack 132). They are written out: \u202e.
func tame(r *audit.Record) *audit.Record {
	copied := *r
	v := reflect.ValueOf(&copied).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(visible(f.String()))
		case reflect.Map:
			f.Set(reflect.ValueOf(tameCounts(f.Interface().(map[string]int))))
		}
	}
	for _, list := range []*[]string{&copied.Reasons, &copied.Rules, &copied.Resources} {
		*list = slices.Clone(*list)
		for i := range *list {
			(*list)[i] = visible((*list)[i])
		}
	}
	return &copied
}

func tamed(records []*audit.Record) []*audit.Record {
	out := make([]*audit.Record, len(records))
	for i, r := range records {
		out[i] = tame(r)
	}
	return out
}

func tameCounts(m map[string]int) map[string]int {
	if m == nil {
		return nil
	}
	out := make(map[string]int, len(m))
	for name, n := range m {
		out[visible(name)] += n
	}
	return out
}

// visible writes out every sign that is not one to look at. In JSON what comes of
// it means the same.
func visible(s string) string {
	hidden := func(r rune) bool {
		return r != ' ' && r != '\n' && (!unicode.IsGraphic(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
	}
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
