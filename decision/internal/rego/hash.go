package rego

import (
	"hash/maphash"
	"math"
)

var seed = maphash.MakeSeed()

// hash is the same for values that are equal. A text keeps its own.
func (n *Node) hash() uint64 {
	const prime = 0x9E3779B97F4A7C15
	h := uint64(n.Kind) + 1
	switch n.Kind {
	case Boolean:
		h += uint64(n.Num) << 8
	case Number:
		h = h<<56 ^ math.Float64bits(n.float())
	case Text:
		if n.Num == 0 {
			h = maphash.String(seed, n.Str)
			if !n.Fixed { // a fixed one may be read by others at this time
				n.Num = int64(h)
			}
			return h
		}
		return uint64(n.Num)
	case Array:
		for _, item := range n.Items {
			h = (h ^ item.hash()) * prime
		}
	case Set: // in no order
		for _, item := range n.Items {
			h += item.hash() * prime
		}
	case Object:
		for i, item := range n.Items {
			h += (n.Keys[i].hash() ^ item.hash()*prime) * prime
		}
	}
	h ^= h >> 29
	h *= prime
	return h ^ h>>32
}

// settle prepares a fixed value for reading: hashes and tables are made now, because
// many read it at the same time.
func (n *Node) settle() {
	if n.Kind == Text {
		if n.Num == 0 {
			n.Num = int64(n.hash())
		}
		return
	}
	for _, k := range n.Keys {
		k.settle()
	}
	for _, item := range n.Items {
		item.settle()
	}
	list := n.Items
	if n.Kind == Object {
		list = n.Keys
	}
	if len(list) >= many {
		n.fill(list)
	}
}
