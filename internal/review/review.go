// Package review says in plain English what a change does to a stack: what Terraform
// destroys and replaces, then what matters for security, then what it costs, then
// the rest, each line with the setting that caused it.
package review

import "github.com/prefect-ecs/prefect-ecs-worker/internal/cost"

// Review is what a change does to one stack.
type Review struct {
	Stack   string
	Base    string  // What the stack is compared with: "main (b3dd2b9)", or "the state".
	Planned bool    // Whether Terraform planned it. Otherwise two syntheses are compared.
	Origin  []Cause // Of a new stack: what most lines come from, such as its preset.
	Lines   []Line  // In the order in which they are read.
	Cost    Cost
	Notes   []string // What the review does not know, and new warnings of the synthesis.
}

// Group is a heading of a review.
type Group string

// The groups, in the order in which they are read.
const (
	Destroyed  Group = "Destroyed"
	Replaced   Group = "Replaced"
	Security   Group = "Security"
	Costs      Group = "Cost"
	Network    Group = "Network"
	Tasks      Group = "Cluster and tasks"
	IAM        Group = "IAM"
	Secrets    Group = "Secrets and keys"
	Monitoring Group = "Logs and monitoring"
	State      Group = "State"
	Variables  Group = "Variables and outputs"
	Other      Group = "Other"
)

// Action is what happens to a resource.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Destroy Action = "destroy"
	Forget  Action = "forget" // It leaves the state and goes on in AWS.
	Import  Action = "import"
	Move    Action = "move" // It changes its address alone.
)

// Line is one thing that a reviewer reads.
type Line struct {
	Group      Group
	Action     Action   // "" for a line that is not about one resource, such as a sum.
	Address    string   // The resource's, with its instance key where it is about one instance; "" for none.
	Addresses  []string // All resources that it is about, with their instance keys.
	Text       string   // One sentence, without the address.
	Widens     bool     // Of Security: more is open, allowed or unprotected than before.
	Attributes []Attribute
	Causes     []Cause

	asks string // The path whose cause is the line's, where it is no attribute's.
}

// Attribute is one that changes, by its path: container_definitions[0].image.
// Before and After are as a reader wants them: JSON in a text is taken apart, and
// what is sensitive or not known yet says so and has no value.
type Attribute struct {
	Path          string
	Before, After string
	Replaces      bool // It cannot be changed in place.
}

// Cause is why a line is there: a setting and where it stands, or what else it is.
type Cause struct {
	Setting       string // worker.cpu; "" where it is no setting.
	File          string // environments/prod.yaml, environments/prod/alarm.tf; "" where it is in no file.
	Line          int    // 0 where the file does not have it, such as a setting that was removed.
	Before, After string // The setting's values.
	Text          string // What it is, where it is no setting: "the app's own code", "changed outside Terraform".
}

// Cost is a stack's before and after, in US dollars per month.
type Cost struct {
	Before, After cost.Range
	Known         bool // False where nothing was estimated.
}
