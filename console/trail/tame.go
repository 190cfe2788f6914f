package trail

import (
	"reflect"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/legible"
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
			f.SetString(legible.Lines(f.String()))
		case reflect.Map:
			f.Set(reflect.ValueOf(tameCounts(f.Interface().(map[string]int))))
		}
	}
	for _, list := range []*[]string{&copied.Reasons, &copied.Rules, &copied.Resources} {
		*list = slices.Clone(*list)
		for i := range *list {
			(*list)[i] = legible.Lines((*list)[i])
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
		out[legible.Lines(name)] += n
	}
	return out
}
