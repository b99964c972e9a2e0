package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the same zones on every machine
)

const scheduleWanted = "cron(minute hour day month weekday year), at(2027-01-31T07:00:00) or rate(12 hours)"

var (
	scheduleForm = regexp.MustCompile(`^(cron|at|rate)\((.*)\)$`)
	rateForm     = regexp.MustCompile(`^([1-9][0-9]{0,8}) (minute|hour|day)(s?)$`)
)

// schedule checks when a scheduled action runs.
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
func schedule(value string) error {
	form := scheduleForm.FindStringSubmatch(value)
	if form == nil {
		return fmt.Errorf("got %q, want %s", value, scheduleWanted)
	}
	switch kind, inner := form[1], form[2]; kind {
	case "at":
		if _, err := time.Parse("2006-01-02T15:04:05", inner); err != nil {
			return fmt.Errorf("got %q, want a time such as at(2027-01-31T07:00:00), without a zone", value)
		}
	case "rate":
		m := rateForm.FindStringSubmatch(inner)
		if m == nil || (m[1] == "1") != (m[3] == "") {
			return fmt.Errorf("got %q, want a rate such as rate(1 hour) or rate(12 hours), in minutes, hours or days", value)
		}
	default:
		return cron(value, strings.Fields(inner))
	}
	return nil
}

// cronFields are the fields of a cron expression with what they take.
var cronFields = []struct {
	name     string
	min, max int
	words    string // that stand for numbers
	special  string // what the day fields take besides
}{
	{"minute", 0, 59, "", ""},
	{"hour", 0, 23, "", ""},
	{"day of month", 1, 31, "", `L|LW|(3[01]|[12][0-9]|[1-9])W`},
	{"month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", ""},
	{"day of week", 1, 7, "SUN MON TUE WED THU FRI SAT", `L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])`},
	{"year", 1970, 2199, "", ""},
}

func cron(value string, fields []string) error {
	if len(fields) != len(cronFields) {
		return fmt.Errorf("got %q with %d fields, want 6: minute hour day month weekday year, e.g. cron(0 7 ? * MON-FRI *)", value, len(fields))
	}
	for i, f := range cronFields {
		if f.special != "" && fields[i] == "?" {
			continue
		}
		for _, part := range strings.Split(fields[i], ",") {
			special := f.special != "" && regexp.MustCompile(`^(?:`+f.special+`)$`).MatchString(part)
			if !special && !inRange(part, f.min, f.max, strings.Fields(f.words)) {
				return fmt.Errorf("got %q, whose %s is %q, want %d to %d, *, or a list, range or step of these", value, f.name, fields[i], f.min, f.max)
			}
		}
	}
	if (fields[2] == "?") == (fields[4] == "?") {
		return fmt.Errorf("got %q, want ? as the day of month or as the day of week, not in both or neither", value)
	}
	return nil
}

// inRange checks *, a number, a range or a step: 5, MON, 1-5, */2, 1-30/2.
func inRange(part string, min, max int, words []string) bool {
	span, step, stepped := strings.Cut(part, "/")
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1 || n > max) {
		return false
	}
	if span == "*" {
		return true
	}
	first, last, ranged := strings.Cut(span, "-")
	// A range may run over the end: FRI-MON.
	return cronValue(first, min, max, words) && (!ranged || cronValue(last, min, max, words))
}

func cronValue(text string, min, max int, words []string) bool {
	if slices.Contains(words, strings.ToUpper(text)) {
		return true
	}
	n, err := strconv.Atoi(text)
	return err == nil && n >= min && n <= max
}

// checkTimezone checks the zone of a schedule; rate has none.
func checkTimezone(schedule, zone string) error {
	if zone == "" {
		return nil
	}
	if strings.HasPrefix(schedule, "rate(") {
		return fmt.Errorf("got %q for a rate, which has no time of day; remove it", zone)
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fmt.Errorf("got %q, want an IANA time zone such as Europe/Berlin", zone)
	}
	return nil
}

// backupSchedule: AWS Backup runs a plan at most once an hour, so the minute is
// a number.
func backupSchedule(value string) error {
	minute, _, _ := strings.Cut(strings.TrimPrefix(value, "cron("), " ")
	if _, err := strconv.Atoi(minute); err != nil {
		return fmt.Errorf("got %q, want a schedule of six fields, hourly at most, such as cron(0 3 * * ? *)", value)
	}
	return schedule(value)
}
