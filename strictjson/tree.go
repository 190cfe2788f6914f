package strictjson

import "encoding/json"

// Decode reads a whole text that is an object, by the rule, with options. Objects
// are map[string]any, arrays []any, strings string, numbers json.Number as they
// are written, and then there are bool and nil: what encoding/json makes of it
// with UseNumber.
func Decode(text []byte, o Options) (map[string]any, error) {
	var d Document
	if err := d.Read(text, o); err != nil {
		return nil, err
	}
	object, ok := d.tree(0).(map[string]any)
	if !ok {
		return nil, ErrNotObject
	}
	return object, nil
}

func (d *Document) tree(at int32) any {
	n := &d.Nodes[at]
	switch n.Kind {
	case Object:
		object := map[string]any{}
		for i := range d.Children(at) {
			object[string(d.Nodes[i].Name)] = d.tree(i)
		}
		return object
	case Array:
		array := []any{}
		for i := range d.Children(at) {
			array = append(array, d.tree(i))
		}
		return array
	case String:
		return string(n.Text())
	case Number:
		return json.Number(n.Raw)
	case Bool:
		return n.Raw[0] == 't'
	}
	return nil
}
