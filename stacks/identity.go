package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// identity is what a worker and its flow runs are known by: secret, roles and
// security group. The first worker has all of them; an additional one has its own
// of what its entry names, under addresses that begin with its name, and refers to
// the first one's of the rest.
type identity struct {
	settings.NamedWorker           // Own are the sections that it makes
	first                *identity // nil: this is it

	securityGroup    constructs.SecurityGroup
	additionalGroups []string // ids
	secret           *constructs.Secret
	executionRole    constructs.Role // zero where it is a given one
	executionRoleARN string
	taskRole         string // ARN, of workers of type ecs with permissions least-privilege; else ""
	flowRunRole      string // ARN; "": flow runs have no role

	workPoolJSON string // of workPoolVariables; "": nothing has asked for it yet

	// permissions are what tasks do their work by, by the role of this identity.
	permissions map[string][]constructs.AnyResource
}

// newIdentities are those of the workers, the first one first. Nothing is made yet.
func newIdentities(workers []settings.NamedWorker) []*identity {
	var all []*identity
	for i, named := range workers {
		of := &identity{NamedWorker: named, permissions: map[string][]constructs.AnyResource{}}
		if i > 0 {
			of.first = all[0]
		}
		all = append(all, of)
	}
	return all
}

// eachIdentity takes one step for each worker, the first one first: what others
// share is made then.
func (w *wiring) eachIdentity(add func(of *identity)) {
	for _, of := range w.identities {
		add(of)
	}
}

// owner is the identity whose role of a kind a worker has: its own, or the first
// one's.
func (of *identity) owner(role string) *identity {
	own := map[string]bool{
		executionRole: of.Own.TaskExecutionRole != nil,
		taskRole:      of.Own.TaskRole != nil,
		flowRunRole:   of.Own.FlowRunRole != nil,
	}
	if of.first == nil || own[role] {
		return of
	}
	return of.first
}

// workersWith are the workers whose tasks have this identity's role of a kind.
func (w *wiring) workersWith(of *identity, role string) []*settings.Worker {
	var all []*settings.Worker
	for _, other := range w.identities {
		if roleOf(other.Worker) == role && other.owner(role) == of {
			all = append(all, other.Worker)
		}
	}
	return all
}
