"""The service ref20 on a real OpenStack: by Magi, and beside it by Heat and by Ansible, in one run.

ref20: 2 networks with a subnet each, a router with both, a security group with 4 rules, 20 servers with a port on each
network.

cloud    the cloud itself: its raw limits, and who changes something manually
tools    what each tool has to be able to do, and the rows of the table
magi     `magi apply` and `magi plan`
heat     a stack, from a process of its own (stack)
ansible  `ansible-playbook` with the collection openstack.cloud
"""
