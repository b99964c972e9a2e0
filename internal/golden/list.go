package golden

import (
	"fmt"
	"slices"
)

// lists writes how two lists differ.
func (w *writer) lists(indent int, path string, a, b []any) {
	switch {
	case isSet(a) && isSet(b):
		w.align(indent, a, b, texts(a), texts(b), alignment{
			from: func(int) string { return path + "[]" },
			to:   func(int) string { return path + "[]" },
		})
	case (names(a) != nil || len(a) == 0) && (names(b) != nil || len(b) == 0):
		from, to := names(a), names(b)
		// In a list that is sorted by name, a name says where it is.
		sorted := slices.IsSorted(to)
		w.align(indent, a, b, from, to, alignment{
			from: func(i int) string { return path + "[" + from[i] + "]" },
			to:   func(j int) string { return path + "[" + to[j] + "]" },
			after: func(j int) string {
				switch {
				case sorted:
					return ""
				case j == 0:
					return " (first)"
				}
				return " (after " + to[j-1] + ")"
			},
		})
	default:
		index := func(i int) string { return fmt.Sprintf("%s[%d]", path, i) }
		w.align(indent, a, b, texts(a), texts(b), alignment{from: index, to: index, pairs: true})
	}
}

// alignment says how two lists' elements are written.
type alignment struct {
	from, to func(i int) string // path of an element
	after    func(i int) string // where a new one stands; nil: its path says it
	pairs    bool               // those between equal ones belong together when there are as many in both lists
}

// align writes how two lists differ whose elements have these keys.
func (w *writer) align(indent int, a, b []any, from, to []string, l alignment) {
	i, j := 0, 0
	upTo := func(nextI, nextJ int) {
		pairs := l.pairs && nextI-i == nextJ-j
		for i < nextI || j < nextJ {
			if pairs && sameContainer(a[i], b[j]) {
				w.change(indent, l.to(j), a[i], b[j])
				i, j = i+1, j+1
				continue
			}
			if i < nextI {
				w.gone(indent, l.from(i), a[i])
				i++
			}
			if j < nextJ {
				name := l.to(j)
				if l.after != nil {
					name += l.after(j)
				}
				w.value(indent, "+ "+name, b[j])
				j++
			}
		}
	}
	for _, p := range common(from, to) {
		upTo(p[0], p[1])
		w.change(indent, l.to(j), a[i], b[j])
		i, j = i+1, j+1
	}
	upTo(len(a), len(b))
}

// nameKeys are the keys by which elements of lists are known, the first that
// all have and that is different in each.
var nameKeys = []string{"name", "Sid", "id", "containerName", "sourceVolume", "capacity_provider", "rule_name"}

// names are those of a list's elements; nil: they have none.
func names(list []any) []string {
	for _, key := range nameKeys {
		var all []string
		for _, element := range list {
			object, _ := element.(map[string]any)
			if name, ok := object[key].(string); ok && !slices.Contains(all, quoted(name)) {
				all = append(all, quoted(name))
			}
		}
		if len(all) == len(list) {
			return all
		}
	}
	return nil
}

// isSet says whether a list is one of texts in order, each once: a text then
// says where it is.
func isSet(list []any) bool {
	for i, element := range list {
		s, ok := element.(string)
		if !ok || i > 0 && list[i-1].(string) >= s {
			return false
		}
	}
	return true
}

func texts(list []any) []string {
	var all []string
	for _, element := range list {
		all = append(all, inline(element))
	}
	return all
}

// common is the longest common subsequence of two lists, as pairs of indices.
func common(a, b []string) [][2]int {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
