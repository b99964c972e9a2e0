package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

func (w *wiring) addRepository() {
	r := w.Repository
	if r == nil {
		return
	}
	repository := constructs.NewRepository(w.scope, "", constructs.RepositoryProps{Repository: *r})
	w.repository = &repository
	if r.PullThroughCache != nil {
		constructs.NewPullThroughCache(w.scope, "", constructs.PullThroughCacheProps{PullThroughCache: *r.PullThroughCache})
	}
}
