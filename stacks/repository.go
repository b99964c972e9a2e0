package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addRepository() {
	r := w.env.Repository
	if r == nil {
		return
	}
	props := constructs.RepositoryProps{
		Name:               constructs.Escape(r.Name),
		ForceDelete:        r.ForceDelete,
		ScanOnPush:         r.ScanOnPush,
		ImageTagMutability: r.ImageTagMutability,
		EncryptionType:     r.EncryptionType,
		KMSKeyARN:          r.KMSKeyARN,
		Names:              w.names,
	}
	if l := r.Lifecycle; l != nil {
		props.ExpireUntaggedAfterDays, props.KeepLast = l.ExpireUntaggedAfterDays, l.KeepLast
	}
	repository := constructs.NewRepository(w.stack, "", props)
	w.repository = &repository
	if cache := r.PullThroughCache; cache != nil {
		constructs.NewPullThroughCache(w.stack, "", constructs.PullThroughCacheProps{
			RegistryURL:   config.Registries[cache.Registry].URL,
			Prefix:        cache.Prefix,
			CredentialARN: cache.CredentialSecretARN,
			Names:         w.names,
		})
	}
}
