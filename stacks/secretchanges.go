package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addSecretChanges makes the function that restarts all of the stack's workers.
func (w *wiring) addSecretChanges() {
	if w.SecretChanges == nil {
		return
	}
	var services []string
	for _, worker := range w.workers {
		services = append(services, worker.made.Service.Attr("id"))
	}
	constructs.NewSecretChanges(w.scope, "", constructs.SecretChangesProps{
		SecretChanges:   *w.SecretChanges,
		Secret:          w.secret,
		ClusterARN:      w.cluster.Attr("arn"),
		ServiceARNs:     services,
		RetentionInDays: w.LogGroup.RetentionInDays,
		KMSKeyARN:       w.LogGroup.KMSKeyARN,
		Defaults:        w.roleDefaults(),
	})
}
