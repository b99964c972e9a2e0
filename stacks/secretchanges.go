package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addSecretChanges creates the function that restarts the workers that read the
// stack's secret: not those with one of their own.
func (w *wiring) addSecretChanges() {
	if w.SecretChanges == nil {
		return
	}
	var services []string
	for _, worker := range w.workers {
		if !worker.OwnsSecret() {
			services = append(services, worker.made.Service.Attr("id"))
		}
	}
	constructs.NewSecretChanges(w.scope, "", constructs.SecretChangesProps{
		SecretChanges:   *w.SecretChanges,
		Secret:          w.identities[0].secret,
		ClusterARN:      w.cluster.Attr("arn"),
		ServiceARNs:     services,
		RetentionInDays: w.LogGroup.RetentionInDays,
		KMSKeyARN:       w.LogGroup.KMSKeyARN,
		Defaults:        w.roleDefaults(),
	})
}
