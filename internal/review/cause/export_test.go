package cause

import (
	"maps"
	"slices"
)

// Differences are all that differs between the versions: paths by address.
func (c *Causes) Differences() map[string][]string {
	all := map[string][]string{}
	for address, paths := range c.total {
		all[address] = slices.Sorted(maps.Keys(paths))
	}
	return all
}
