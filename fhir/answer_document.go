package fhir

import "github.com/mycarerecord/mcr/fhir/internal/tree"

// Attachment is a document that a resource points to: an Attachment with an address,
// or a reference to a Binary.
type Attachment struct {
	// Host is the resource that is read: of a contained one, the one around it.
	Host ReleasedItem
	// Address is where the document is, as the source wrote it.
	Address string
	// ContentType is what the resource says that the document is, or "".
	ContentType string
}

// attached keeps an address for seal: that of an Attachment (an object's url, where
// it is no extension's), or a reference to a Binary.
func (j *judge) attached(address uint32) (changed bool) {
	n := &j.Nodes[address]
	if n.Kind != tree.KindString {
		return false
	}
	if len(j.addresses) == maxAddresses {
		n.Marks |= tree.Drop
		return true
	}
	j.addresses = append(j.addresses, address)
	return true
}

// seal puts the broker's own address in the place of each of a document that is
// released, and drops those for which there is none.
func (c *cutter) seal(root uint32) {
	for _, address := range c.addresses {
		above, gone := c.above(root, address)
		if gone {
			continue
		}
		link := ""
		if c.sealing != nil {
			link = c.sealing(Attachment{
				Host:        ReleasedItem{Type: c.typ.name, ID: string(c.Raw(&c.Nodes[c.id])), Category: c.first},
				Address:     string(c.Decoded(&c.Nodes[address])),
				ContentType: c.contentType(above[len(above)-1]),
			})
		}
		if link != "" {
			c.Swap(address, link)
			continue
		}
		c.Nodes[address].Marks |= tree.Drop
		if c.sealing != nil {
			c.cuts = append(c.cuts, address) // and told: what is left out is never silent
		}
		for i := len(above) - 1; i > 0; i-- {
			c.settle(above[i])
		}
	}
}

// above gives what holds a node, from the outermost, and whether any of it, or the
// node itself, is dropped.
func (d *document) above(root, node uint32) (all []uint32, gone bool) {
	for at := root; at != node; {
		all, gone = append(all, at), gone || d.Nodes[at].Marks&tree.Drop != 0
		for at++; node >= d.Nodes[at].Next; {
			at = d.Nodes[at].Next
		}
	}
	return all, gone || d.Nodes[node].Marks&tree.Drop != 0
}

// contentType is what an Attachment says that it is.
func (d *document) contentType(attachment uint32) string {
	for m := attachment + 1; m < d.Nodes[attachment].Next; m = d.Nodes[m].Next {
		if n := &d.Nodes[m]; n.Kind == tree.KindString && string(d.NameOf(n)) == "contentType" {
			return string(d.Decoded(n))
		}
	}
	return ""
}
