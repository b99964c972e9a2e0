package diagram

import (
	"slices"
	"strings"
)

// places says where a picture has which resource.
type places struct {
	boxes  map[string]string   // the path of the box that is about a resource, by its address, with a key where each instance has a box
	own    map[string][]string // those addresses, by the box's path
	owners map[string]string   // address of what another resource belongs to, or the path of its arrow, by its address
}

// Place is the path of the box or arrow that shows a resource, an instance of one,
// or what it belongs to; "" where the picture has none.
func (p *Picture) Place(address string) string {
	base, key := split(address)
	for range len(p.places.owners) + 1 {
		if path, ok := p.places.boxes[base+key]; ok {
			return path
		}
		if path, ok := p.places.boxes[base]; ok {
			return path
		}
		owner, ok := p.places.owners[base]
		switch {
		case ok && strings.Contains(owner, "->"):
			return owner
		case ok:
			base, _ = split(owner)
			continue
		}
		// All of a resource whose instances have boxes is in the first of them.
		for _, first := range slices.Sorted(instancesOf(p.places.boxes, base)) {
			return p.places.boxes[first]
		}
		return ""
	}
	return ""
}

func instancesOf(boxes map[string]string, base string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for address := range boxes {
			if strings.HasPrefix(address, base+"[") && !yield(address) {
				return
			}
		}
	}
}

// split takes an address apart: a resource's, and an instance's key in brackets.
func split(address string) (base, key string) {
	if i := strings.IndexByte(address, '['); i >= 0 && strings.HasSuffix(address, "]") {
		return address[:i], address[i:]
	}
	return address, ""
}

// parts finds what each resource belongs to that no box is about: what it refers to,
// else what refers to it. What nearly everything refers to is the last choice.
func (b *builder) parts() {
	b.picture.places.owners = b.owners
	common := func(address string) bool {
		return strings.HasPrefix(address, "aws_vpc.") || strings.HasPrefix(address, "aws_kms_key.") || strings.HasPrefix(address, "aws_iam_role.")
	}
	all := b.stack.Resources()
	for found := true; found; {
		found = false
		for _, last := range []bool{false, true} {
			for _, r := range all {
				if b.picture.Place(r.Address()) != "" {
					continue
				}
				for _, owner := range b.near(r) {
					if owner != r.Address() && common(owner) == last && b.picture.Place(owner) != "" {
						b.owners[r.Address()] = owner
						found = true
						break
					}
				}
			}
			if found {
				break
			}
		}
	}
}
