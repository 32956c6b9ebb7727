"""
From a clone to the first card: what `make preflight`, `deploy`, `connect`, `prove` and `remove` do.

    preflight   look at everything a deployment needs, and say what it will create and cost; changes nothing
    deploy      have osls deploy serverless.yml, then lead to creating the Slack app
    connect     ask for Slack's token, signing secret and channel, try them, store them
    prove       change a security group of our own in AWS, and wait for its card
    remove      take the stack away again

Each may be run again at any time. Whatever keeps one from its end is a DeployError, whose words say what happened and what to
do; `__main__` prints them. Slack's secrets go from the keyboard to the Parameter Store and nowhere else.
"""
