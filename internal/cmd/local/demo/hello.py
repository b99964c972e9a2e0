from prefect import flow


@flow(log_prints=True)
def hello(name: str = "ECS"):
    print(f"hello, {name}")
