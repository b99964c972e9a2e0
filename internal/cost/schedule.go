package cost

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/hashicorp/cronexpr"
)

// schedule is when EventBridge or Application Auto Scaling does something.
type schedule struct {
	every time.Duration        // of rate(…)
	cron  *cronexpr.Expression // of cron(…)
	zone  *time.Location
}

var scheduleForm = regexp.MustCompile(`^(cron|rate|at)\((.*)\)$`)

// year is one in which what happens by the clock is counted: 52 whole weeks, so
// that a schedule by weekdays comes out even.
var (
	yearBegin = time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC) // a Monday
	yearEnd   = yearBegin.AddDate(0, 0, 364)
)

// parseSchedule reads rate(5 minutes), cron(0 7 ? * MON-FRI *) and at(…).
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
func parseSchedule(text, zone string) (schedule, error) {
	form := scheduleForm.FindStringSubmatch(text)
	if form == nil {
		return schedule{}, fmt.Errorf("%q is not a cron, rate or at expression", text)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return schedule{}, fmt.Errorf("unknown time zone %q", zone)
	}
	s := schedule{zone: location}
	switch fields := strings.Fields(form[2]); {
	case form[1] == "at":
		return s, nil // once does not change a month
	case form[1] == "rate":
		count, unit, _ := strings.Cut(form[2], " ")
		n, err := strconv.Atoi(count)
		s.every = time.Duration(n) * map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
		if err != nil || s.every <= 0 {
			return s, fmt.Errorf("%q is not a rate", text)
		}
		return s, nil
	case len(fields) != 6:
		return s, fmt.Errorf("%q has %s, want 6", text, english.Plural(len(fields), "field", ""))
	default:
		fields[4] = weekdays(fields[4])
		if s.cron, err = cronexpr.Parse(strings.Join(fields, " ")); err != nil {
			return s, fmt.Errorf("%q: %w", text, err)
		}
	}
	return s, nil
}

var weekday = regexp.MustCompile(`(^|[,-])([1-7])`)

// weekdays are numbered from Sunday, 1, by AWS, and from Sunday, 0, by cron.
func weekdays(field string) string {
	return weekday.ReplaceAllStringFunc(field, func(found string) string {
		last := len(found) - 1
		return found[:last] + string(found[last]-1)
	})
}

// times are those between begin and end.
func (s schedule) times(begin, end time.Time) []time.Time {
	var all []time.Time
	switch {
	case s.cron != nil:
		for at := s.cron.Next(begin.In(s.zone).Add(-time.Second)); !at.IsZero() && at.Before(end); at = s.cron.Next(at) {
			all = append(all, at)
		}
	case s.every > 0:
		for at := begin; at.Before(end); at = at.Add(s.every) {
			all = append(all, at)
		}
	}
	return all
}

// perMonth is how often it happens in a month.
func (s schedule) perMonth() float64 {
	if s.every > 0 {
		return Hours * float64(time.Hour) / float64(s.every)
	}
	return float64(len(s.times(yearBegin, yearEnd))) / yearEnd.Sub(yearBegin).Hours() * Hours
}

// action is a scheduled action; a limit that it leaves alone is "".
type action struct {
	schedule  schedule
	low, high string
}

// scheduled are the hours of a month by the least and by the most tasks, with the
// actions of a year.
func scheduled(low, high int, actions []action) (least, most counts) {
	type change struct {
		at        time.Time
		low, high string
	}
	var changes []change
	for _, a := range actions {
		for _, at := range a.schedule.times(yearBegin, yearEnd) {
			changes = append(changes, change{at, a.low, a.high})
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return a.at.Compare(b.at) })
	set := func(limit *int, to string) {
		if n, err := strconv.Atoi(to); err == nil {
			*limit = n
		}
	}
	for _, c := range changes { // the year before leaves its limits to this one
		set(&low, c.low)
		set(&high, c.high)
	}
	least, most = counts{}, counts{}
	month := Hours / yearEnd.Sub(yearBegin).Hours()
	from := yearBegin
	pass := func(to time.Time) {
		least[low] += to.Sub(from).Hours() * month
		most[high] += to.Sub(from).Hours() * month
		from = to
	}
	for _, c := range changes {
		pass(c.at)
		set(&low, c.low)
		set(&high, c.high)
	}
	pass(yearEnd)
	return least, most
}
