package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// warnOfRegion says that AWS most likely has no such region: the AWS provider, which has
// this list, too, refuses it. It is no error, for AWS opens regions.
func warnOfRegion(field *string, warn doubt) {
	var known, near []string
	area := strings.TrimRight(*field, "0123456789")
	for _, p := range endpoints.DefaultPartitions() {
		known = append(known, slices.Collect(maps.Keys(p.Regions()))...)
	}
	if slices.Contains(known, *field) {
		return
	}
	for _, region := range slices.Sorted(slices.Values(known)) {
		if strings.TrimRight(region, "0123456789") == area {
			near = append(near, region)
		}
	}
	want := ""
	if nearest := settings.Nearest(*field, known); len(near) > 0 {
		want = ", want one such as " + strings.Join(near, " or ")
	} else if nearest != "" {
		want = ", did you mean " + settings.Got(nearest) + "?"
	}
	warn(field, "got %s, which is not a known region%s; if AWS has it, it needs an AWS provider that knows it", settings.Got(*field), want)
}
