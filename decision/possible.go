package decision

import (
	"sync"

	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
)

// possible remembers which categories the answer to a request could hold, as the
// input has them. Professionals ask for the same few things all day; what is
// remembered depends on the request's type and parameters and on nothing else.
type possible struct {
	mu    sync.RWMutex
	lists map[string]*categories
}

// categories is a list ready to be put into an input.
type categories struct {
	node *rego.Node
	json []byte
}

// What is remembered is bounded: parameters come from clients.
const (
	mostRequests = 4096
	longestKey   = 256
)

// of gives the categories for a request.
func (p *possible) of(c *fhir.Classifier, scratch []byte, req *fhir.Request) (*categories, []byte) {
	key := append(scratch[:0], req.Type...)
	for i := range req.Params {
		key = append(key, 0)
		key = append(key, req.Params[i].Name...)
		key = append(key, '=')
		key = append(key, req.Params[i].Value...)
	}
	p.mu.RLock()
	list, ok := p.lists[string(key)]
	p.mu.RUnlock()
	if ok {
		return list, key
	}
	list = newCategories(c.Possible(*req))
	if len(key) > longestKey {
		return list, key
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lists == nil || len(p.lists) >= mostRequests {
		p.lists = make(map[string]*categories) // start again: no order to keep
	}
	p.lists[string(key)] = list
	return list, key
}

func newCategories(names []string) *categories {
	c := &categories{node: &rego.Node{Kind: rego.Array, Fixed: true}, json: []byte{'['}}
	for i, name := range names {
		if i > 0 {
			c.json = append(c.json, ',')
		}
		c.json, _ = rego.AppendString(c.json, name)
		c.node.Items = append(c.node.Items, &rego.Node{Kind: rego.Text, Fixed: true, Str: name})
	}
	c.json = append(c.json, ']')
	return c
}
