package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

func (w *wiring) addRepository() {
	r := w.Repository
	if r == nil {
		return
	}
	repository := constructs.NewRepository(w.stack, "", constructs.RepositoryProps{Repository: *r, Names: w.names})
	w.repository = &repository
	if r.PullThroughCache != nil {
		constructs.NewPullThroughCache(w.stack, "", constructs.PullThroughCacheProps{PullThroughCache: *r.PullThroughCache, Names: w.names})
	}
}
