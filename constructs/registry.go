package constructs

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// registry is what the constructs of one stack made. It is a construct of the
// stack's itself, where the next one finds it, and is asked before the stack is
// written: what spans constructs, or is the app's own, is complete only then.
type registry struct {
	constructs.Construct
	stack     cdktf.TerraformStack
	unchecked bool
	made      map[string]*made
	given     map[string]bool   // addresses before they were renamed
	renamed   []string          // keys of Names that must be given
	names     map[string]string // that AWS has once → the construct that gave it
	alarms    map[string]string // setting → the construct that got it, "" once its alarm was looked after
}

// made is an element at an address.
type made struct {
	by      string
	element cdktf.TerraformElement
	shared  bool // a data source for all constructs
}

func registryOf(stack cdktf.TerraformStack) *registry {
	node, id := stack.Node(), jsii.String("prefect-ecs-worker.constructs")
	if r, ok := node.TryFindChild(id).(*registry); ok {
		return r
	}
	r := &registry{stack: stack, made: map[string]*made{}, given: map[string]bool{}, names: map[string]string{}, alarms: map[string]string{}}
	constructs.NewConstruct_Override(r, stack, id)
	node.AddValidation(r)
	return r
}

// claim takes an address for a construct.
func (g group) claim(address string) *made {
	if first := g.registry.made[address]; first != nil {
		pass := "id, which prefixes the names"
		if g.construct == "NewJSON" {
			pass = "name"
		}
		g.refuse("creates %s, which %s has created already; pass another %s", address, first.by, pass)
	}
	g.registry.made[address] = &made{by: g.String()}
	return g.registry.made[address]
}

// unique refuses a name that another construct of the stack has given.
func (g group) unique(prop, name, in string) {
	key := prop + " " + name + " " + in
	if first := g.registry.names[key]; first != "" && first != g.String() { // which claim refuses
		g.refuse("%s: got %q, as %s; pass another, or none for one derived from the id", prop, name, first)
	}
	g.registry.names[key] = g.String()
}

// Validate is called by CDKTF.
func (r *registry) Validate() *[]*string {
	var wrong []string
	for _, key := range r.renamed {
		if !r.given[key] {
			wrong = append(wrong, fmt.Sprintf("constructs.Renamed: nothing in the stack creates %s%s; correct or remove it",
				key, didYouMean(key, slices.Collect(maps.Keys(r.given)))))
		}
	}
	for setting, by := range r.alarms {
		if by != "" {
			wrong = append(wrong, fmt.Sprintf("%s: got %s, whose alarm it does not create; pass it to constructs.%s too", by, setting, alarmMadeBy[setting]))
		}
	}
	if !r.unchecked {
		wrong = append(wrong, r.taken()...)
	}
	slices.Sort(wrong)
	return jsii.Strings(wrong...)
}

// taken finds what the app made at an address of ours: CDKTF merges the two
// without a word. Only an element of a type that we made costs a call to Node.js.
func (r *registry) taken() []string {
	ours, names := map[any]bool{}, map[reflect.Type]map[string]string{}
	for address, m := range r.made {
		kind := reflect.TypeOf(m.element)
		if names[kind] == nil {
			names[kind] = map[string]string{}
		}
		ours[m.element], names[kind][lastOf(address)] = true, address
	}
	var wrong []string
	for _, c := range *r.stack.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		kind := names[reflect.TypeOf(c)]
		if kind == nil || ours[c] {
			continue
		}
		theirs := c.(cdktf.TerraformElement)
		address, ok := kind[*theirs.FriendlyUniqueId()]
		if !ok || r.made[address].shared && configOf(theirs) == configOf(r.made[address].element) {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s is created twice, by %s at %s and by the app at %s; give one of them another id",
			address, r.made[address].by, *r.made[address].element.Node().Path(), *theirs.Node().Path()))
	}
	return wrong
}

// configOf is an element's configuration, without what its JSON says of its place.
func configOf(e cdktf.TerraformElement) string {
	return metadata.ReplaceAllString(fmt.Sprint(e.ToTerraform()), "")
}

var metadata = regexp.MustCompile(`//:map\[metadata:map\[[^]]*\]\]`)

func lastOf(address string) string { return address[strings.LastIndex(address, ".")+1:] }

// alarmMadeBy are the constructs that make the alarms of AlarmsProps.
var alarmMadeBy = map[string]string{
	"RunningTasks": "NewServiceAlarms", "CPU": "NewServiceAlarms", "Memory": "NewServiceAlarms", "ErrorLines": "NewLogAlarms",
	"NoLogLines": "NewLogAlarms", "DeadLetters": "NewDeadLetterAlarm", "NATPortErrors": "NewNATAlarm",
	"LateRuns": "NewLateRunsAlarm",
}

// prepare gives alarms their defaults, and notes which of them the construct
// looks after and which it got for another one.
func (g group) prepare(p *AlarmsProps) {
	fill(g, &p.Alarms)
	for setting, construct := range alarmMadeBy {
		_, noted := g.registry.alarms[setting]
		switch {
		case reflect.ValueOf(p.Alarms).FieldByName(setting).IsNil():
		case construct == g.construct:
			g.registry.alarms[setting] = ""
		case !noted:
			g.registry.alarms[setting] = g.String()
		}
	}
}
