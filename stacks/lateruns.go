package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addLateRuns makes the function that counts the flow runs of all of the stack's
// work pools.
func (w *wiring) addLateRuns() {
	l := w.LateRuns
	if l == nil {
		return
	}
	props := constructs.LateRunsProps{
		LateRuns:        *l,
		WorkPools:       w.WorkPools(),
		APIURL:          w.APIURL,
		Secret:          w.secret,
		RetentionInDays: w.LogGroup.RetentionInDays,
		KMSKeyARN:       w.LogGroup.KMSKeyARN,
		SubnetIDs:       w.subnetIDs(false),
		SecurityGroupID: w.securityGroup.Attr("id"),
		Defaults:        w.roleDefaults(),
	}
	if l.InVPC || w.Secret.KMSKeyARN != "" {
		props.Account = w.account()
	}
	w.lateRuns = constructs.NewLateRuns(w.scope, "", props)
}
