package config

import (
	"errors"
	"strings"
)

// maxDefaultTags leaves room for a resource's own: AWS takes 50 in all.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const maxDefaultTags = 45

var tagKey = pattern(NameTagExpression, 128, "1 to 128 letters, digits, spaces or _.:/=+@-")

func (e *Environment) checkTags(c checker) {
	if len(e.Tags) > maxDefaultTags {
		c.fail("tags", errTooManyTags)
	}
	for _, key := range sortedKeys(e.Tags) {
		path := "tags." + key
		c.text(path, key, tagKey)
		c.name(e, path, e.Tags[key], orEmpty(tagValue))
		switch {
		case key == "Name":
			c.fail(path, errors.New("every resource has a Name of its own; set nameTag"))
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			c.fail(path, errors.New("AWS keeps keys that begin with aws: to itself; use another"))
		}
	}
}

var errTooManyTags = errors.New("got more than 45 tags, want at most 45: AWS takes 50 on a resource, and some have their own")
