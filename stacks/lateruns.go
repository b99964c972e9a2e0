package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addLateRuns creates the function that counts the flow runs of the work pools that
// the stack's secret is for. No worker's own secret is read: whoever may change the
// function's code would have them all.
func (w *wiring) addLateRuns() {
	l := w.LateRuns
	if l == nil {
		return
	}
	props := constructs.LateRunsProps{
		LateRuns:        *l,
		WorkPools:       w.CountedWorkPools(),
		APIURL:          w.APIURL,
		Secret:          w.identities[0].secret,
		RetentionInDays: w.LogGroup.RetentionInDays,
		KMSKeyARN:       w.LogGroup.KMSKeyARN,
		SubnetIDs:       w.subnetIDs(false),
		SecurityGroupID: w.identities[0].securityGroup.Attr("id"),
		Defaults:        w.roleDefaults(),
	}
	if l.InVPC || w.Secret.KMSKeyARN != "" || w.identities[0].secret.Optional {
		props.Account = w.account()
	}
	w.lateRuns = constructs.NewLateRuns(w.scope, "", props)
}
