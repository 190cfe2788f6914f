package cases

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// strictYAML decodes a node and refuses fields that are not there. It gives every fault with
// the line in which it stands in the file.
func strictYAML(n *yaml.Node, into any) error {
	wrong := &yaml.TypeError{Errors: unknownFields(n, reflect.TypeOf(into))}
	if len(wrong.Errors) > 0 {
		return wrong
	}
	return n.Decode(into)
}

var readsItself = reflect.TypeFor[yaml.Unmarshaler]()

// unknownFields walks a node as it will be decoded. What reads itself is left to itself.
func unknownFields(n *yaml.Node, into reflect.Type) (wrong []string) {
	for into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	switch {
	case into.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode && !reflect.PointerTo(into.Elem()).Implements(readsItself):
		for _, below := range n.Content {
			wrong = append(wrong, unknownFields(below, into.Elem())...)
		}
	case into.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			field := fieldOf(into, key.Value)
			switch {
			case key.Tag == "!!merge":
			case field == nil:
				wrong = append(wrong, fmt.Sprintf("line %d: field %s not found in type %s", key.Line, key.Value, into.Name()))
			case !reflect.PointerTo(field).Implements(readsItself):
				wrong = append(wrong, unknownFields(value, field)...)
			}
		}
	}
	return wrong
}

func fieldOf(of reflect.Type, name string) reflect.Type {
	all := reflect.VisibleFields(of)
	at := slices.IndexFunc(all, func(f reflect.StructField) bool {
		tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		return f.IsExported() && tag == name
	})
	if at < 0 {
		return nil
	}
	return all[at].Type
}
